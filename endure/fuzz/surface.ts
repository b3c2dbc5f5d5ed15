import type { RandomStream } from "../../src/core/index.js";

/** What one surface of the program is given and must bear. */
export interface Surface {
  /** One case. Returns what was fed (kept when it fails); complains by throwing. */
  feed(random: RandomStream): Promise<Uint8Array> | Uint8Array;
  close?(): Promise<void>;
}

/** A complaint with the bytes that led to it. */
export class Complaint extends Error {
  constructor(
    message: string,
    readonly input: Uint8Array,
  ) {
    super(message);
  }
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
