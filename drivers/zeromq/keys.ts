import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { curveKeyPair } from "zeromq";
import { ConfigError, StoreError, UsageError } from "../../src/core/index.js";

/**
 * CURVE keys of one rig, as files. `server.key`, `controller.key`, `viewer.key` hold a pair each (0600); their public
 * halves lie beside them as `.pub`. Whoever has a public key in `controllers/` may command the rig and listen; in
 * `viewers/` only listen. Keys are 40 characters of Z85.
 */
export interface KeyPair {
  readonly publicKey: string;
  readonly secretKey: string;
}
export interface ClientKeys extends KeyPair {
  readonly serverKey: string;
}
export type Role = "controller" | "viewer";

const z85 = /^[0-9a-zA-Z.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/;

/**
 * Makes the keys of a new rig in `folder` (0700). Never overwrites. @returns the server's public key, which clients name
 * in their configuration, and the files made
 */
export function newKeys(folder: string): { readonly serverKey: string; readonly files: readonly string[] } {
  const files: string[] = [];
  const write = (name: string, text: string, mode: number): void => {
    const path = join(folder, name);
    writeFileSync(path, text, { flag: "wx", mode });
    files.push(path);
  };
  try {
    for (const part of ["", "controllers", "viewers"])
      mkdirSync(join(folder, part), { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    let serverKey = "";
    for (const role of ["server", "controller", "viewer"] as const) {
      const { publicKey, secretKey } = curveKeyPair();
      write(`${role}.key`, `${JSON.stringify({ publicKey, secretKey })}\n`, 0o600);
      write(`${role}.pub`, `${publicKey}\n`, 0o644);
      if (role === "server") serverKey = publicKey;
      else write(`${role}s/first.pub`, `${publicKey}\n`, 0o644);
    }
    return { serverKey, files };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw new UsageError("KEYS_EXIST", "there are keys here already", {
        where: folder,
        hint: "choose an empty folder; keys are never overwritten",
        cause,
      });
    }
    throw new StoreError("KEYS_UNWRITABLE", `keys cannot be written here (${code ?? String(cause)})`, {
      where: folder,
      cause,
    });
  }
}

/** Keys of this client. @param serverKey the rig's public key; default `server.pub` in the folder */
export function clientKeys(folder: string, serverKey?: string, role: Role = "controller"): ClientKeys {
  const key = serverKey ?? readKey(join(folder, "server.pub"));
  if (!z85.test(key)) throw broken("serverKey", "it must be the 40 characters of the rig's server.pub");
  return { ...readPair(join(folder, `${role}.key`)), serverKey: key };
}

export function serverKeys(folder: string): KeyPair {
  return readPair(join(folder, "server.key"));
}

/** Public keys that may do what `role` may; read anew each time, so that a key can be added while the rig runs. */
export function allowedKeys(folder: string, role: Role): ReadonlySet<string> {
  const part = join(folder, `${role}s`);
  const names = readdirSync(part).filter((name) => name.endsWith(".pub"));
  return new Set(names.map((name) => readKey(join(part, name))));
}

function readKey(path: string): string {
  const text = read(path).trim();
  if (!z85.test(text)) throw broken(path, "it must hold one key of 40 characters");
  return text;
}

function readPair(path: string): KeyPair {
  const open = process.platform !== "win32" && (fileMode(path) & 0o077) !== 0;
  if (open) throw broken(path, "others can read this secret", `chmod 600 ${path}, or make new keys`);
  let pair: Partial<KeyPair>;
  try {
    pair = JSON.parse(read(path)) as Partial<KeyPair>;
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw broken(path, "it is no key file");
  }
  const { publicKey, secretKey } = pair;
  if (!z85.test(publicKey ?? "") || !z85.test(secretKey ?? "")) throw broken(path, "it holds no key pair");
  return { publicKey: publicKey ?? "", secretKey: secretKey ?? "" };
}

function fileMode(path: string): number {
  try {
    return statSync(path).mode;
  } catch (cause) {
    throw missing(path, cause);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw missing(path, cause);
  }
}

function missing(path: string, cause: unknown): ConfigError {
  const hint = "make keys by `stedloop keys new DIR`, or copy the file from the computer that has it";
  return new ConfigError("KEY_MISSING", "the key file cannot be read", { where: path, hint, cause });
}

function broken(
  where: string,
  message: string,
  hint = "make new keys by `stedloop keys new DIR`",
): ConfigError {
  return new ConfigError("BAD_KEY", message, { where, hint });
}
