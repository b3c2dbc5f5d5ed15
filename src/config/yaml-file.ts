import { readFileSync } from "node:fs";
import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { z } from "zod";
import { ConfigError, nearest } from "../core/index.js";

/** A fault of a YAML file with the line it stands on. */
interface Fault {
  readonly line: number | null;
  readonly message: string;
}

/** Reads and checks a YAML file. All faults are reported together, each with its line. */
export function readYaml<T>(path: string, schema: z.ZodType<T>): T {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "no such file" : (cause as Error).message;
    throw new ConfigError("CONFIG_UNREADABLE", why, { where: path, cause });
  }
  return checkYaml(text, path, schema);
}

const mostSyntaxErrors = 3;

/**
 * YAML's own types only: `!!binary` would make bytes, `!!set` sets, of which no schema here knows anything. A map for a key is
 * named by the schema; the library's warning would come from Node, with advice for programmers.
 */
const yamlOptions = (lineCounter: LineCounter) =>
  ({ lineCounter, prettyErrors: false, resolveKnownTags: false, logLevel: "error" }) as const;

/** The document's values. An alias that stands for itself, or for millions of values, is refused. */
function plain(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw configError(path, [{ line: null, message: (cause as Error).message }]);
  }
}

export function checkYaml<T>(text: string, path: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, yamlOptions(lines));
  if (document.errors.length > 0) {
    // What follows the first errors of a text that is no YAML are their consequences, one a word.
    throw configError(
      path,
      document.errors.slice(0, mostSyntaxErrors).map((e) => ({
        line: lines.linePos(e.pos[0]).line,
        message: e.message.split("\n")[0] as string,
      })),
    );
  }
  const result = schema.safeParse(plain(document, path) ?? {});
  if (result.success) return result.data;
  const at = (keys: readonly PropertyKey[]): number | null => lineOf(document.contents, keys, lines);
  throw configError(
    path,
    result.error.issues.flatMap((issue) => faultsOf(issue, schema, at)),
  );
}

/** The line that a path of keys stands on in a YAML file; null where the file cannot be read or holds none of them. */
export function yamlLine(path: string, keys: readonly PropertyKey[]): number | null {
  try {
    const lines = new LineCounter();
    const document = parseDocument(readFileSync(path, "utf8"), yamlOptions(lines));
    return lineOf(document.contents, keys, lines);
  } catch {
    return null;
  }
}

function faultsOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  at: (keys: readonly PropertyKey[]) => number | null,
): Fault[] {
  const name = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      const hint = near === undefined ? "" : `, did you mean '${near}'?`;
      return {
        line: at([...issue.path, key]),
        message: `unknown key '${[...issue.path, key].join(".")}'${hint}`,
      };
    });
  }
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options)) {
    return [{ line: at(issue.path), message: `'${name}' must be one of ${issue.options.join(", ")}` }];
  }
  const words = issue.message.replace(/^Invalid input: |^Invalid option: /, "");
  return [{ line: at(issue.path), message: `${name === "" ? "the file" : `'${name}'`}: ${words}` }];
}

/** Keys allowed at a path, read from the schema's own JSON schema. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  type Shape = { properties?: Record<string, Shape>; oneOf?: Shape[]; items?: Shape };
  let nodes: Shape[] = [z.toJSONSchema(schema, { io: "input" }) as Shape];
  for (const key of path) {
    nodes = nodes
      .flatMap((n) => {
        const inside = [n, ...(n.oneOf ?? [])];
        return inside.flatMap((s) => (typeof key === "number" ? [s.items] : [s.properties?.[String(key)]]));
      })
      .filter((n): n is Shape => n !== undefined);
  }
  return [
    ...new Set(nodes.flatMap((n) => [n, ...(n.oneOf ?? [])]).flatMap((n) => Object.keys(n.properties ?? {}))),
  ];
}

/** Line of the key at a path, or of the nearest enclosing key that is there. */
function lineOf(root: Node | null, keys: readonly PropertyKey[], lines: LineCounter): number | null {
  let node: unknown = root;
  let offset: number | undefined = root?.range?.[0];
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((p) => isScalar(p.key) && p.key.value === key);
      if (pair === undefined) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (typeof key === "number" && typeof node === "object" && node !== null && "items" in node) {
      node = (node.items as unknown[])[key];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset === undefined ? null : lines.linePos(offset).line;
}

function configError(path: string, faults: readonly Fault[]): ConfigError {
  const text = faults.map((f) => (f.line === null ? f.message : `line ${f.line}: ${f.message}`)).join("; ");
  return new ConfigError("CONFIG_INVALID", text, { where: path, data: { faults } });
}
