/** Cuts what arrives, in whatever pieces, into commands. Text is latin-1: one character, one byte. */
import type { DeviceModel } from "./device.js";

/** No device of these takes longer commands; beyond it the buffer is thrown away, as an overrun would. */
const maxCommand = 1024;

export class CommandReader {
  private buffer = "";
  private lastEnd = "";

  constructor(private readonly model: Pick<DeviceModel, "ends" | "empty" | "atOnce">) {}

  /** The commands that are complete with these bytes. */
  push(bytes: Uint8Array): string[] {
    const commands: string[] = [];
    for (const byte of bytes) {
      const character = String.fromCharCode(byte);
      if (this.model.ends.includes(character)) this.end(character, commands);
      else {
        this.lastEnd = "";
        this.buffer += character;
        if (this.buffer.length > maxCommand) this.buffer = "";
        if (this.model.atOnce?.(this.buffer)) {
          commands.push(this.buffer);
          this.buffer = "";
        }
      }
    }
    return commands;
  }

  reset(): void {
    this.buffer = "";
    this.lastEnd = "";
  }

  private end(character: string, commands: string[]): void {
    // The LF of a CR LF ends nothing: the CR has.
    const secondHalf = this.buffer === "" && this.lastEnd === "\r" && character === "\n";
    this.lastEnd = secondHalf ? "" : character;
    if (secondHalf || (this.buffer === "" && !this.model.empty)) return;
    commands.push(this.buffer);
    this.buffer = "";
  }
}
