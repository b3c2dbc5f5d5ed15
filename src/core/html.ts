/** Text of reports that are one HTML file and load nothing. */

export const escapeXml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? c);

export interface HtmlRow {
  readonly cells: readonly string[];
  /** Class of the row. */
  readonly kind?: string | undefined;
}

/** A table in a box (class `box`) that scrolls by itself where the page is narrow. */
export function htmlTable(label: string, head: readonly string[], rows: readonly HtmlRow[]): string {
  const heads = head.map((h) => `<th scope="col">${escapeXml(h)}</th>`).join("");
  const body = rows.map(
    ({ cells, kind }) =>
      `<tr${kind === undefined ? "" : ` class="${kind}"`}>${cells.map((c) => `<td>${escapeXml(c)}</td>`).join("")}</tr>`,
  );
  return `<div class="box" role="region" tabindex="0" aria-label="${escapeXml(label)}"><table><thead><tr>${heads}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}
