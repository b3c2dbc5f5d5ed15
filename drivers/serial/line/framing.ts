/**
 * Where one answer ends. Given what has come in and the command it should answer, takes the first piece off the front:
 * an answer, or a line that nobody asked for (`aside`), or something to throw away (neither). `null`: not complete yet.
 */
export type Cut = (
  buffer: string,
  sent: string,
) => { readonly reply?: string; readonly aside?: string; readonly rest: string } | null;

const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** First non-blank line ended by CR, LF, CR LF or LF CR; blank lines are nothing. */
function firstLine(buffer: string): { readonly line: string; readonly rest: string } | null {
  const found = /^[\s]*([^\r\n]*[^\s][^\r\n]*)[\r\n]/.exec(buffer);
  if (found === null) return null;
  return { line: (found[1] as string).trim(), rest: buffer.slice(found[0].length) };
}

/**
 * One line is one answer. A line that repeats the command is an echo and thrown away.
 * @param aside lines that the device sends by itself
 * @param echo false: a set may be answered by its own words
 */
export function lines(options: { readonly aside?: RegExp; readonly echo?: boolean } = {}): Cut {
  return (buffer, sent) => {
    const first = firstLine(buffer);
    if (first === null) return null;
    const { line, rest } = first;
    if (options.echo !== false && same(line, sent)) return { rest };
    return options.aside?.test(line) ? { aside: line, rest } : { reply: line, rest };
  };
}

/**
 * The answer goes on until a line that matches (`OK`, `[OK]`), which belongs to it. Lines are joined by "\n"; the echo
 * is left out. @param terminator matched against one whole line
 */
export function untilLine(terminator: RegExp): Cut {
  return (buffer, sent) => {
    const answer: string[] = [];
    let rest = buffer;
    for (;;) {
      const first = firstLine(rest);
      if (first === null) return null;
      rest = first.rest;
      if (!same(first.line, sent)) answer.push(first.line);
      if (terminator.test(first.line)) return { reply: answer.join("\n"), rest };
    }
  };
}

/**
 * The answer ends with a prompt that has no line end, as in `0\rD >`. The prompt belongs to the answer, as its last
 * line; the echo is left out. @param prompt not global, not anchored
 */
export function untilPrompt(prompt: RegExp): Cut {
  return (buffer, sent) => {
    const found = prompt.exec(buffer);
    if (found === null) return null;
    const before = buffer
      .slice(0, found.index)
      .split(/[\r\n]+/)
      .map((line) => line.trim());
    const answer = before.filter(
      (line, i) => line !== "" && !(i === firstFilled(before) && same(line, sent)),
    );
    return {
      reply: [...answer, found[0].trim()].join("\n"),
      rest: buffer.slice(found.index + found[0].length),
    };
  };
}

const firstFilled = (parts: readonly string[]): number => parts.findIndex((part) => part !== "");
