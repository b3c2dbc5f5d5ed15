import { InputError } from "./errors.js";

/** Reads little-endian values one after another and never past the end of the file. */
export class ObfCursor {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    private at: number,
    /** What is being read, for messages. */
    private readonly what: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.seek(at);
  }

  get position(): number {
    return this.at;
  }
  seek(to: number): void {
    if (!(to >= 0 && to <= this.bytes.length)) this.cutOff();
    this.at = to;
  }
  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }
  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }
  f64(): number {
    return this.view.getFloat64(this.take(8), true);
  }
  /** A 64-bit count or position; what a double cannot hold exactly is no position in any file. */
  u64(): number {
    const value = this.view.getBigUint64(this.take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new InputError("OBF_CORRUPT", `${this.what} has a position that no file reaches`);
    }
    return Number(value);
  }
  u32s(count: number): number[] {
    this.room(4 * count);
    return Array.from({ length: count }, () => this.u32());
  }
  f64s(count: number): number[] {
    this.room(8 * count);
    return Array.from({ length: count }, () => this.f64());
  }
  u64s(count: number): number[] {
    this.room(8 * count);
    return Array.from({ length: count }, () => this.u64());
  }
  /** UTF-8 of a known length in bytes. */
  text(length: number): string {
    const from = this.take(length);
    return new TextDecoder().decode(this.bytes.subarray(from, from + length));
  }
  /** UTF-8 after its length. */
  string(): string {
    return this.text(this.u32());
  }
  /** Are these the next bytes? Moves past them either way. */
  matches(magic: Uint8Array): boolean {
    const from = this.take(magic.length);
    return magic.every((byte, i) => this.bytes[from + i] === byte);
  }

  private take(length: number): number {
    this.room(length);
    const from = this.at;
    this.at += length;
    return from;
  }
  private room(length: number): void {
    if (!(length >= 0 && this.at + length <= this.bytes.length)) this.cutOff();
  }
  private cutOff(): never {
    throw new InputError("OBF_CORRUPT", `the file ends inside ${this.what}`, {
      hint: "is it still being written, or was its copy cut off?",
    });
  }
}
