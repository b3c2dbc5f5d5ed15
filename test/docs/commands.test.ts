import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";

/** Every page that tells a stranger what to type. */
function pages(): string[] {
  const found = ["README.md", "CONTRIBUTING.md", "drivers/bridges/micromanager/README.md"].filter(exists);
  const walk = (folder: string): void => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) walk(path);
      else if (name.endsWith(".md")) found.push(path);
    }
  };
  walk("docs");
  return found;
}
function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

interface Said {
  readonly page: string;
  readonly line: number;
  readonly words: readonly string[];
}

/** `stedloop …` as a line of a code block, fenced or indented, alone or after a prompt or npx, or in back quotes; up to a pipe or a comment. */
function commandsOf(page: string): Said[] {
  const said: Said[] = [];
  let fenced = false;
  for (const [i, text] of readFileSync(page, "utf8").split("\n").entries()) {
    if (text.startsWith("```")) fenced = !fenced;
    const candidates = fenced
      ? [/^\s*(?:\$ )?(?:npx )?stedloop (.*)$/.exec(text)?.[1]]
      : [
          /^(?: {4,}|\t)(?:\$ )?(?:npx )?stedloop (.*)$/.exec(text)?.[1],
          ...[...text.matchAll(/`(?:npx )?stedloop ([^`]+)`/g)].map((m) => m[1]),
        ];
    for (const candidate of candidates) {
      if (candidate === undefined) continue;
      const plain = candidate.split(/\s[#|>&]|\s\\$/)[0] ?? "";
      const words = plain.match(/'[^']*'|"[^"]*"|[^\s]+/g) ?? [];
      said.push({ page, line: i + 1, words });
    }
  }
  return said;
}

const modules = new Map<string, Command>();
async function commandNamed(name: string): Promise<Command | null> {
  const known = modules.get(name);
  if (known !== undefined) return known;
  if (!exists(`src/cli/commands/${name}.ts`)) return null;
  const { command } = (await import(`../../src/cli/commands/${name}.ts`)) as { command: () => Command };
  const made = command();
  modules.set(name, made);
  return made;
}

describe("what the documentation tells people to type", () => {
  const said = pages().flatMap(commandsOf);

  it("is found", () => {
    expect(said.length).toBeGreaterThan(40);
  });

  it("names commands, subcommands and options that there are", async () => {
    const wrong: string[] = [];
    for (const { page, line, words } of said) {
      const [first = "", ...rest] = words;
      if (!/^[a-z][a-z-]*$/.test(first)) continue;
      const complain = (why: string): void => {
        wrong.push(`${page}:${line}: stedloop ${words.join(" ")} (${why})`);
      };
      const top = await commandNamed(first);
      if (top === null) {
        complain("no such command");
        continue;
      }
      let command: Command = top;
      let at = 0;
      for (; at < rest.length; at++) {
        const child: Command | undefined = command.commands.find((c) =>
          (rest[at] ?? "").split("|").includes(c.name()),
        );
        if (child === undefined) break;
        command = child;
      }
      if (command.commands.length > 0 && /^[a-z][a-z-]*$/.test(rest[at] ?? "")) complain(`no ${rest[at]}`);
      for (const word of rest.slice(at)) {
        const option = /^\[?(--[a-z][a-z0-9-]*)/.exec(word)?.[1];
        if (option === undefined || option === "--help") continue;
        if (!command.options.some((o) => o.long === option)) complain(`no ${option}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});
