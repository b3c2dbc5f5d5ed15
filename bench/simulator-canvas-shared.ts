/** A grey picture on which frames, lines and small letters are put. */
const font: Readonly<Record<string, string>> = {
  "0": "111101101101111",
  "1": "010110010010111",
  "2": "111001111100111",
  "3": "111001111001111",
  "4": "101101111001001",
  "5": "111100111001111",
  "6": "111100111101111",
  "7": "111001010010010",
  "8": "111101111101111",
  "9": "111101111001111",
  ".": "000000000000010",
  "-": "000000111000000",
  A: "010101111101101",
  B: "110101110101110",
  C: "011100100100011",
  D: "110101101101110",
  E: "111100110100111",
  F: "111100110100100",
  G: "011100101101011",
  H: "101101111101101",
  I: "111010010010111",
  J: "001001001101010",
  K: "101101110101101",
  L: "100100100100111",
  M: "101111111101101",
  N: "110101101101101",
  O: "010101101101010",
  P: "110101110100100",
  R: "110101110101101",
  S: "011100010001110",
  T: "111010010010010",
  U: "101101101101111",
  V: "101101101101010",
  W: "101101111111101",
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
        this.dot(left + x, top + y, Math.round(255 * v));
      }
    }
  }

  text(text: string, left: number, top: number, scale = 2): void {
    [...text].forEach((letter, i) => {
      const bits = font[letter];
      if (bits === undefined) return;
      for (let k = 0; k < 15; k++) {
        if (bits[k] !== "1") continue;
        for (let a = 0; a < scale * scale; a++) {
          const x = left + (4 * i + (k % 3)) * scale + (a % scale);
          this.dot(x, top + Math.floor(k / 3) * scale + Math.floor(a / scale), 255);
        }
      }
    });
  }

  line(x0: number, y0: number, x1: number, y1: number, grey: number): void {
    const steps = Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1));
    for (let i = 0; i <= steps; i++) {
      this.dot(Math.round(x0 + ((x1 - x0) * i) / steps), Math.round(y0 + ((y1 - y0) * i) / steps), grey);
    }
  }

  /** An empty square around a point. */
  square(x: number, y: number, half: number, grey: number): void {
    this.line(x - half, y - half, x + half, y - half, grey);
    this.line(x - half, y + half, x + half, y + half, grey);
    this.line(x - half, y - half, x - half, y + half, grey);
    this.line(x + half, y - half, x + half, y + half, grey);
  }

  private dot(x: number, y: number, grey: number): void {
    if (x >= 0 && x < this.width && y >= 0 && y < this.height) this.data[y * this.width + x] = grey;
  }
}
