import type { ClientKeys, KeyPair } from "./keys.js";

/** Socket options of a CURVE client; none without keys. */
export function clientCurve(keys: ClientKeys | undefined): {
  readonly curveServerKey?: string;
  readonly curvePublicKey?: string;
  readonly curveSecretKey?: string;
} {
  if (keys === undefined) return {};
  return { curveServerKey: keys.serverKey, curvePublicKey: keys.publicKey, curveSecretKey: keys.secretKey };
}

/** Socket options of a CURVE server. @param domain whose rights count: `commands` or `events` */
export function serverCurve(
  keys: KeyPair | null,
  domain: "commands" | "events",
): {
  readonly curveServer?: boolean;
  readonly curveSecretKey?: string;
  readonly zapDomain?: string;
} {
  return keys === null ? {} : { curveServer: true, curveSecretKey: keys.secretKey, zapDomain: domain };
}
