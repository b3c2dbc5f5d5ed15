/** A number as a person at a microscope writes it: three digits that matter. */
export function plain(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  // 1.23e-12 and 6.32e11, not a row of noughts.
  if (size < 1e-4 || size >= 1e6) return value.toExponential(2).replace("e+", "e");
  const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(size))));
  return value.toFixed(digits);
}

/** "depletion power" inside a sentence; abbreviations stay as they are. */
export function inSentence(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}
