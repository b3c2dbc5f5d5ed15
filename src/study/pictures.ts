/** Pictures of the report as SVG text: nothing is loaded, so that the file can be mailed. */
import { escapeXml } from "../core/index.js";
import type { Vote } from "./items.js";
import { binHeads, type PaperTable } from "./tables.js";

const colours = ["#1f5fa8", "#b3541e", "#8fb3d9", "#d9ad91"] as const;
const size = { width: 520, height: 250, left: 46, right: 12, top: 12, bottom: 58 } as const;

/** Means with ± one SD by bin: network and random side by side, the paper's in paler colours. */
export function barsSvg({ title, dataset, lines }: PaperTable): string {
  const { width, height, left, right, top, bottom } = size;
  const inner = width - left - right;
  const y = (v: number): number => top + (1 - Math.min(100, Math.max(0, v)) / 100) * (height - top - bottom);
  const out: string[] = [];
  for (const tick of [0, 25, 50, 75, 100]) {
    out.push(
      `<line x1="${left}" x2="${width - right}" y1="${y(tick)}" y2="${y(tick)}" stroke="#ddd"/>`,
      `<text x="${left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
    );
  }
  const order = [...lines].sort((a, b) => Number(a.paper) - Number(b.paper));
  for (const [b, head] of binHeads.entries()) {
    const middle = left + (inner * (b + 0.5)) / binHeads.length;
    out.push(`<text x="${middle}" y="${height - bottom + 16}" text-anchor="middle">${head}</text>`);
    for (const [i, line] of order.entries()) {
      const cell = line.cells[b];
      if (cell === null || cell === undefined) continue;
      const x = middle + (i - (order.length - 1) / 2) * 14;
      const colour = colourOf(line.label, line.paper);
      if (!Number.isNaN(cell.sd)) {
        out.push(
          `<line x1="${x}" x2="${x}" y1="${y(cell.mean - cell.sd)}" y2="${y(cell.mean + cell.sd)}" stroke="${colour}" stroke-width="2"/>`,
        );
      }
      out.push(
        line.paper
          ? `<rect x="${x - 4}" y="${y(cell.mean) - 4}" width="8" height="8" fill="${colour}"/>`
          : `<circle cx="${x}" cy="${y(cell.mean)}" r="4.5" fill="${colour}"/>`,
      );
    }
  }
  for (const [i, line] of order.entries()) {
    const x = left + i * 118;
    const colour = colourOf(line.label, line.paper);
    out.push(
      line.paper
        ? `<rect x="${x + 1}" y="${height - 16}" width="8" height="8" fill="${colour}"/>`
        : `<circle cx="${x + 5}" cy="${height - 12}" r="4.5" fill="${colour}"/>`,
      `<text x="${x + 14}" y="${height - 8}">${escapeXml(line.label)}</text>`,
    );
  }
  out.push(
    `<text x="${left + inner / 2}" y="${height - bottom + 32}" text-anchor="middle">target score</text>`,
    `<text transform="translate(12 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">${title}, %</text>`,
  );
  return svg(width, height, `${title} by target score, ${dataset}`, out);
}

function colourOf(label: string, paper: boolean): string {
  return colours[(label.includes("random") ? 1 : 0) + (paper ? 2 : 0)] ?? "#333";
}

/** Predicted against target score of every frame of one dataset. */
export function scatterSvg(votes: readonly Vote[], dataset: string): string {
  const side = 250;
  const edge = 40;
  const at = (v: number): number => edge + v * (side - edge - 10);
  const items = new Map(
    votes.filter((v) => v.item.dataset === dataset).map(({ item }) => [item.id, item]),
  ).values();
  const out: string[] = [
    `<line x1="${at(0)}" y1="${side - at(0)}" x2="${at(1)}" y2="${side - at(1)}" stroke="#999"/>`,
  ];
  for (const v of [0, 0.5, 1]) {
    out.push(
      `<text x="${at(v)}" y="${side - edge + 16}" text-anchor="middle">${v * 100}</text>`,
      `<text x="${edge - 6}" y="${side - at(v) + 4}" text-anchor="end">${v * 100}</text>`,
    );
  }
  for (const { system, target, prediction } of items) {
    out.push(
      `<circle cx="${at(target)}" cy="${side - at(prediction)}" r="2.5" fill="${system === "network" ? colours[0] : colours[1]}" fill-opacity="0.6"/>`,
    );
  }
  out.push(
    `<text x="${at(0.5)}" y="${side - 6}" text-anchor="middle">target score</text>`,
    `<text transform="translate(11 ${side - at(0.5)}) rotate(-90)" text-anchor="middle">given score</text>`,
  );
  return svg(side, side, `given against target score, ${dataset}`, out);
}

function svg(width: number, height: number, label: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(label)}" font-family="system-ui, sans-serif" font-size="12" fill="#222">${parts.join("")}</svg>`;
}
