/** SCPI words of the OBIS: `SOURce` may be written in full or as its capitals, in any case; an index may follow. */

/** Whether a header as sent is this command. @param pattern e.g. `SOURce:AM:STATe?` */
export function means(pattern: string, header: string): boolean {
  const a = pattern.split(":");
  const b = header.split(":");
  return (
    a.length === b.length &&
    a.every((word, i) => {
      const given = (b[i] as string).toUpperCase();
      return given === word.toUpperCase() || given === word.replace(/[a-z]/g, "");
    })
  );
}

/** Splits `SYST1:INF:MOD?` into its index and the header without it; index null where none was given. */
export function withoutIndex(header: string): { readonly header: string; readonly index: number | null } {
  const found = /^(:?)(SYST(?:em)?|SOUR(?:ce)?)(\d*)(:.*)$/i.exec(header);
  if (found === null) return { header, index: null };
  const [, , root = "", digits = "", rest = ""] = found;
  return { header: `${root}${rest}`, index: digits === "" ? null : Number(digits) };
}
