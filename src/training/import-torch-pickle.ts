import {
  allowedNames,
  forbidden,
  isOf,
  mark,
  type Name,
  notTorch,
  type Pickled,
  toStorage,
  toTensor,
} from "./import-torch-values.js";

const deepest = 10_000;

/**
 * Reads one pickle of the kind that torch 0.3 wrote for weights: a fixed list of instructions, three known names,
 * no code. @returns the value and the offset behind it @throws InputError for anything else
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
): { readonly value: Pickled; readonly next: number } {
  return new PickleReader(bytes, start).read();
}

class PickleReader {
  private readonly view: DataView;
  private readonly stack: Pickled[] = [];
  private readonly memo = new Map<number, Pickled>();

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): { readonly value: Pickled; readonly next: number } {
    for (;;) {
      if (this.stack.length > deepest) throw notTorch("the pickle is too deep");
      const code = this.byte();
      if (code === 0x2e) return { value: this.pop(), next: this.at };
      this.step(code);
    }
  }

  private step(code: number): void {
    const { stack } = this;
    switch (code) {
      case 0x80: // PROTO
        if (this.byte() !== 2) throw notTorch("the pickle's protocol is not 2");
        return;
      case 0x8a: // LONG1
        stack.push(this.long(this.byte()));
        return;
      case 0x4b: // BININT1
        stack.push(this.byte());
        return;
      case 0x4d: // BININT2
        stack.push(this.view.getUint16(this.take(2), true));
        return;
      case 0x4a: // BININT
        stack.push(this.view.getInt32(this.take(4), true));
        return;
      case 0x88: // NEWTRUE
        stack.push(true);
        return;
      case 0x89: // NEWFALSE
        stack.push(false);
        return;
      case 0x4e: // NONE
        stack.push(null);
        return;
      case 0x58: // BINUNICODE
        stack.push(this.text(this.view.getUint32(this.take(4), true)));
        return;
      case 0x63: // GLOBAL
        stack.push(this.name(`${this.line()} ${this.line()}`));
        return;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        return;
      case 0x29: // EMPTY_TUPLE
      case 0x5d: // EMPTY_LIST
        stack.push([]);
        return;
      case 0x28: // MARK
        stack.push(mark);
        return;
      case 0x74: // TUPLE
        stack.push(this.popToMark());
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push(this.popMany(code - 0x84));
        return;
      case 0x52: // REDUCE
        this.reduce();
        return;
      case 0x51: // BINPERSID
        stack.push(toStorage(this.pop()));
        return;
      case 0x71: // BINPUT
        this.memo.set(this.byte(), this.top());
        return;
      case 0x72: // LONG_BINPUT
        this.memo.set(this.view.getUint32(this.take(4), true), this.top());
        return;
      case 0x68: // BINGET
        stack.push(this.recall(this.byte()));
        return;
      case 0x6a: // LONG_BINGET
        stack.push(this.recall(this.view.getUint32(this.take(4), true)));
        return;
      case 0x75: // SETITEMS
        this.setItems();
        return;
      case 0x65: // APPENDS
        this.appends();
        return;
      default:
        throw forbidden(`pickle instruction 0x${code.toString(16)}`);
    }
  }

  private reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!isOf(callee, "name") || !Array.isArray(args)) throw forbidden("something that is no known name");
    if (callee.name === "collections OrderedDict" && args.length === 0) this.stack.push(new Map());
    else if (callee.name === "torch._utils _rebuild_tensor") this.stack.push(toTensor(args));
    else throw forbidden(callee.name);
  }

  private setItems(): void {
    const items = this.popToMark();
    const target = this.top();
    if (!(target instanceof Map) || items.length % 2 !== 0) throw notTorch("items are set on no dictionary");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key !== "string") throw notTorch("a key is no text");
      if (target.has(key)) throw notTorch(`the key '${key}' comes twice`);
      target.set(key, items[i + 1] as Pickled);
    }
  }

  private appends(): void {
    const items = this.popToMark();
    const list = this.pop();
    if (!Array.isArray(list)) throw notTorch("items are appended to no list");
    this.stack.push([...(list as readonly Pickled[]), ...items]);
  }

  private name(text: string): Name {
    const known = allowedNames.find((name) => name === text);
    if (known === undefined) throw forbidden(text.slice(0, 80));
    return { kind: "name", name: known };
  }

  private recall(index: number): Pickled {
    const value = this.memo.get(index);
    if (value === undefined) throw notTorch("the pickle refers to what is not there");
    return value;
  }

  private top(): Pickled {
    const value = this.stack.at(-1);
    if (value === undefined) throw notTorch("the pickle takes from an empty stack");
    return value;
  }

  private pop(): Pickled {
    const value = this.top();
    this.stack.pop();
    if (isOf(value, "mark")) throw notTorch("the pickle's marks do not match");
    return value;
  }

  private popMany(n: number): Pickled[] {
    return Array.from({ length: n }, () => this.pop()).reverse();
  }

  private popToMark(): Pickled[] {
    const at = this.stack.lastIndexOf(mark);
    if (at < 0) throw notTorch("the pickle's marks do not match");
    return this.stack.splice(at).slice(1);
  }

  /** Moves on by `n` bytes. @returns where they start */
  private take(n: number): number {
    const start = this.at;
    if (!(start + n <= this.bytes.length)) throw notTorch("the file ends too early");
    this.at = start + n;
    return start;
  }

  private byte(): number {
    return this.bytes[this.take(1)] as number;
  }

  private text(length: number): string {
    const start = this.take(length);
    return new TextDecoder().decode(this.bytes.subarray(start, start + length));
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0 || end - this.at > 200) throw notTorch("a name does not end");
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  /** Little-endian two's complement. */
  private long(length: number): bigint {
    const start = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[start + i] as number);
    return length > 0 && ((this.bytes[start + length - 1] as number) & 0x80) !== 0
      ? value - (1n << BigInt(8 * length))
      : value;
  }
}
