import { readFile } from "node:fs/promises";
import { remoteSchema } from "../config/index.js";
import { ConfigError } from "../core/index.js";
import type { RemoteTarget } from "../scoring/index.js";

type Given = Partial<ReturnType<typeof remoteSchema.parse>> & { readonly url: string };

/** Where the remote engine asks; null where nothing is configured. @throws ConfigError for a wrong address or token file */
export async function remoteTarget(given: Given | undefined, bundle: string): Promise<RemoteTarget | null> {
  if (given === undefined) return null;
  const parsed = remoteSchema.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError("CONFIG_INVALID", `'${given.url}' is no address of a model server`, {
      where: "remote.url",
      hint: "an address like http://gpu-box:8430",
    });
  }
  const { tokenFile, model, ...rest } = parsed.data;
  return {
    ...rest,
    model: model ?? bundle,
    ...(tokenFile === undefined ? {} : { token: await token(tokenFile) }),
  };
}

async function token(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).split("\n")[0]?.trim() ?? "";
  } catch (cause) {
    throw new ConfigError("CONFIG_INVALID", `the token file cannot be read: ${(cause as Error).message}`, {
      where: "remote.tokenFile",
      cause,
    });
  }
}
