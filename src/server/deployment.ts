/** Which of the models made here the daemon begins its next run with: DATA/models/deployed.json. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { replaceFile, StedError, StoreError } from "../core/index.js";

const entrySchema = z.object({ model: z.string(), at: z.string(), by: z.string() });
const fileSchema = z.object({ deployments: z.array(entrySchema) });
/** `model`: a shipped bundle's name, or the folder of one that was made here. */
export type Deployment = Readonly<z.infer<typeof entrySchema>>;

const fileOf = (data: string): string => join(data, "models", "deployed.json");

/** Newest last; empty where nothing was ever deployed. @throws StoreError when the file is damaged */
export function deployments(data: string): readonly Deployment[] {
  const file = fileOf(data);
  if (!existsSync(file)) return [];
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, "utf8"))).deployments;
  } catch (cause) {
    throw new StoreError("DEPLOYMENT_DAMAGED", "cannot be read", {
      where: file,
      hint: "delete it to use the configuration's model",
      cause,
    });
  }
}

/** The model to begin with instead of the built-in default; null = none was deployed. */
export function deployedModel(data: string): string | null {
  return deployments(data).at(-1)?.model ?? null;
}

export function deploy(data: string, entry: Deployment): void {
  save(data, [...deployments(data), entry]);
}

/** Back to what was deployed before; with nothing before, to the configuration's model. */
export function rollBack(data: string): void {
  const all = deployments(data);
  if (all.length === 0) {
    throw new StedError("NOTHING_DEPLOYED", "nothing was deployed here", { hint: "deploy a model first" });
  }
  save(data, all.slice(0, -1));
}

function save(data: string, list: readonly Deployment[]): void {
  mkdirSync(join(data, "models"), { recursive: true });
  replaceFile(fileOf(data), `${JSON.stringify({ deployments: list }, null, 1)}\n`);
}
