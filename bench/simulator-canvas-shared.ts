/** A grey picture on which frames and small numbers are put. */
const rowsOf: Readonly<Record<string, readonly string[]>> = {
  "0": ["111", "101", "101", "101", "111"],
  "1": ["010", "110", "010", "010", "111"],
  "2": ["111", "001", "111", "100", "111"],
  "3": ["111", "001", "111", "001", "111"],
  "4": ["101", "101", "111", "001", "001"],
  "5": ["111", "100", "111", "001", "111"],
  "6": ["111", "100", "111", "101", "111"],
  "7": ["111", "001", "010", "010", "010"],
  "8": ["111", "101", "111", "101", "111"],
  "9": ["111", "101", "111", "001", "111"],
  ".": ["000", "000", "000", "000", "010"],
  "-": ["000", "000", "111", "000", "000"],
};

export class Canvas {
  readonly data: Uint8Array;
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.data = new Uint8Array(width * height);
  }

  /** Counts from 0 to the 99.7th percentile as black to white. */
  frame(counts: ArrayLike<number>, height: number, width: number, left: number, top: number): void {
    const sorted = Float64Array.from(counts).sort();
    const white = Math.max(1, sorted[Math.floor(sorted.length * 0.997)] ?? 1);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const v = Math.min(1, (counts[y * width + x] as number) / white);
        this.data[(top + y) * this.width + left + x] = Math.round(255 * v);
      }
    }
  }

  text(text: string, left: number, top: number, scale = 2): void {
    [...text].forEach((letter, i) => {
      rowsOf[letter]?.forEach((row, y) => {
        [...row].forEach((bit, x) => {
          if (bit !== "1") return;
          for (let a = 0; a < scale; a++) {
            for (let b = 0; b < scale; b++) {
              const at = (top + y * scale + a) * this.width + left + (i * 4 + x) * scale + b;
              if (at < this.data.length) this.data[at] = 255;
            }
          }
        });
      });
    });
  }
}
