import { type Image, type Logger, WorkerClient } from "../core/index.js";
import type { PictureOptions } from "./picture.js";

/** The pages of an uploaded file. */
export interface Decoded {
  readonly images: readonly (Image & { /** Of an Imspector file. */ readonly stack?: string })[];
  /** The page that is meant when none is named. */
  readonly preferred: number;
}

/**
 * Decoding of uploads and making of PNGs, in a thread of its own: a big TIFF must not hold up the loop that
 * feeds the light's lease. The thread starts with the first picture.
 */
export class PictureWorker {
  private worker: WorkerClient | null = null;
  private closed = false;

  constructor(private readonly logger: Logger) {}

  png(
    pixels: Uint16Array | Float32Array,
    shape: readonly [number, number],
    options: PictureOptions,
  ): Promise<Uint8Array> {
    return this.client().call("png", [pixels, shape, options]);
  }

  /** Rejects InputError when the bytes are not an image that we read. */
  decodeFile(bytes: Uint8Array, name: string, stack?: string): Promise<Decoded> {
    return this.client().call("decodeFile", [bytes, name, stack]);
  }

  /** @param body bytes of {"image": [[…]], "pixelSizeNm"?} */
  decodeJson(body: Uint8Array): Promise<Decoded> {
    return this.client().call("decodeJson", [body]);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.worker?.close();
  }

  private client(): WorkerClient {
    if (this.worker !== null) return this.worker;
    const entry = new URL("./picture-worker.js", import.meta.url);
    this.worker = new WorkerClient("pictures", entry, null, (error) => {
      this.worker = null;
      if (!this.closed)
        this.logger.error({ error: error.message }, "the picture thread died; a new one is made");
    });
    return this.worker;
  }
}
