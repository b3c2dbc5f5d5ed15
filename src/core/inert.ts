/** A text cell that a spreadsheet takes for text: a leading = + - @ would be a formula, and may fetch or run things. */
export function inert(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
}
