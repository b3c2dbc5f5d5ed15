/** Bytes from a device as one short readable line. */
export function printable(text: string): string {
  const line = text
    .trim()
    .replace(/\s*[\r\n]+\s*/g, " | ")
    .replace(/[^\x20-\x7e\xa0-\xff]/g, "·");
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
