import { existsSync, mkdirSync } from "node:fs";
import { chmod, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { Argument, Command } from "commander";
import { StoreError, UsageError } from "../../core/index.js";
import { loadTokens, newToken, type Role, roles, type TokenRecord } from "../../server/index.js";
import { print, printJson, say } from "../output.js";

interface Options {
  readonly name?: string;
  readonly file: string;
  readonly json?: boolean;
}

export function command(): Command {
  const make = new Command("new")
    .description(
      "Makes an access token; prints it once and keeps only its hash (file readable by you alone).",
    )
    .addArgument(new Argument("<role>", "what its holder may do").choices(roles))
    .option("--name <name>", "whose it is, as it appears in the log; default: the role with a number")
    .option(
      "--file <file>",
      "file of tokens, as `server.tokens` of the configuration names it",
      "tokens.json",
    )
    .option("--json", "one JSON document on stdout")
    .action(async (role: Role, options: Options) => {
      const tokens = existsSync(options.file) ? await loadTokens(options.file) : [];
      const name = options.name?.trim() ?? freeName(role, tokens);
      if (name === "" || name.length > 80) {
        throw new UsageError("BAD_NAME", "a name has 1 to 80 letters", { where: "--name" });
      }
      if (tokens.some((t) => t.name === name)) {
        throw new UsageError("TOKEN_EXISTS", `'${name}' has a token already`, {
          where: options.file,
          hint: "give another --name, or `stedloop token revoke` the old one",
        });
      }
      const { token, record } = newToken(name, role);
      await save(options.file, [...tokens, record]);
      if (options.json) return printJson({ name, role, token, file: options.file });
      print(token);
      say(`token of '${name}' (${role}), shown only now; its hash is in ${options.file}`);
    });
  const list = new Command("list")
    .description("Who has a token, and with which role.")
    .option("--file <file>", "file of tokens", "tokens.json")
    .option("--json", "a JSON line a token")
    .action(async (options: Options) => {
      for (const { name, role } of await loadTokens(options.file)) {
        if (options.json) printJson({ name, role });
        else print(`${role.padEnd(9)} ${name}`);
      }
    });
  const revoke = new Command("revoke")
    .description("Takes a token away. A daemon that runs knows it until its next start.")
    .argument("<name>", "whose")
    .option("--file <file>", "file of tokens", "tokens.json")
    .option("--json", "one JSON document on stdout")
    .action(async (name: string, options: Options) => {
      const tokens = await loadTokens(options.file);
      const rest = tokens.filter((t) => t.name !== name);
      if (rest.length === tokens.length) {
        throw new UsageError("TOKEN_UNKNOWN", `'${name}' has no token`, { where: options.file });
      }
      if (rest.length === 0) {
        throw new UsageError("LAST_TOKEN", "this is the last token; without any the file is useless", {
          where: options.file,
          hint: "make another first, or delete the file",
        });
      }
      await save(options.file, rest);
      if (options.json) return printJson({ revoked: name });
      say(`token of '${name}' revoked`);
    });
  return new Command("token")
    .description(`Access for people: ${roles.join(", ")}. Needed where the page is open to a network.`)
    .addCommand(make)
    .addCommand(list)
    .addCommand(revoke)
    .addHelpText("after", "\nExample:\n  stedloop token new operator --name anna --file tokens.json");
}

function freeName(role: Role, tokens: readonly TokenRecord[]): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? role : `${role} ${n}`;
    if (!tokens.some((t) => t.name === name)) return name;
  }
}

/** Whole or not at all, and for its owner's eyes only. */
async function save(file: string, tokens: readonly TokenRecord[]): Promise<void> {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const handle = await open(`${file}.part`, "w", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ tokens }, null, 1)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.part`, file);
    await chmod(file, 0o600);
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "the file of tokens cannot be written", { where: file, cause });
  }
}
