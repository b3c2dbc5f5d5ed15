import { describe, expect, it } from "vitest";
import { image, lines, look, points, transposed, wave } from "./synthetic.js";

const of = (frame: Parameters<typeof look>[0]) => look(frame)["periodicity"];

/** Stripes of the lattice's period across straight fibres of 0.8 µm that run `angles`, under a beam of `sigma` px. */
function fibres(sigma: number, angles: readonly number[], periodNm = 190) {
  const side = 224;
  const k = (2 * Math.PI * 20) / periodNm;
  const depth = Math.exp((-k * k * sigma * sigma) / 2);
  const expected = new Float64Array(side * side).fill(0.5);
  angles.forEach((angle, n) => {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const offset = (n - (angles.length - 1) / 2) * 100;
    for (let i = 0; i < expected.length; i++) {
      const [x, y] = [(i % side) - 112, Math.floor(i / side) - 112 - offset];
      if (Math.abs(y * c - x * s) < 20) {
        expected[i] = (expected[i] as number) + 20 * (1 + depth * Math.cos(k * (x * c + y * s)));
      }
    }
  });
  return image(expected, side, 1);
}

describe("periodicity", () => {
  it.each([0, 0.3, Math.PI / 4, 1.2, Math.PI / 2])("is near 1 for a wave of 190 nm, at %f rad", (angle) => {
    const value = of(wave({ periodNm: 190, angle }))?.value as number;
    expect(value).toBeGreaterThan(0.9);
    expect(value).toBeLessThan(1.05);
  });

  it("takes the shot noise out: a dim wave has the amplitude of a bright one", () => {
    const [dim, bright] = [2, 200].map(
      (mean) => of(wave({ periodNm: 190, angle: 0.3, mean }))?.value as number,
    );
    expect(Math.abs((dim as number) - (bright as number))).toBeLessThan(0.05);
  });

  it("is below 0 for a wave of twice the frequency or half of it", () => {
    expect(of(wave({ periodNm: 380, angle: 0.3 }))?.value as number).toBeLessThan(0.1);
    expect(of(wave({ periodNm: 95, angle: 0.3 }))?.value as number).toBeLessThan(0.1);
  });

  it("finds the lattice along fibres that run different ways, and no lattice of 260 nm", () => {
    expect(of(fibres(1.5, [0.1, 1]))?.value as number).toBeGreaterThan(0.5);
    expect(of(fibres(1.5, [0.1, 1], 260))?.value as number).toBeLessThan(0.2);
  });

  it("falls with blur, which raises the plain autocorrelation", () => {
    const values = [1.5, 3, 4.5].map((sigma) => of(fibres(sigma, [0.4]))?.value as number);
    expect(values[0]).toBeGreaterThan((values[1] as number) + 0.05);
    expect(values[1]).toBeGreaterThan((values[2] as number) + 0.05);
  });

  it("is about 0 for smooth lines and for points anywhere", () => {
    expect(Math.abs(of(lines({ sigma: 2, crest: 40 }))?.value as number)).toBeLessThan(0.15);
    expect(Math.abs(of(points({ sigma: 2, photons: 300, perPixel: 0.01 }))?.value as number)).toBeLessThan(
      0.15,
    );
  });

  it("does not care which way the frame lies", () => {
    const frame = fibres(2, [0.4, 1.3]);
    const turned = of(transposed(frame))?.value as number;
    // Blocks and directions are those of the turned frame, but for the pixel that a block begins at.
    expect(Math.abs(turned - (of(frame)?.value as number))).toBeLessThan(0.02);
  });

  it("is null for pixels that cannot show the lattice and for structure without detail", () => {
    expect(of({ ...wave({ periodNm: 380, angle: 0 }), pixelSizeNm: 60 })?.reason).toMatch(/too large/);
    const slope = Float64Array.from({ length: 224 * 224 }, (_, i) => 5 + (i % 224) / 20);
    expect(of(image(slope, 224, 1))?.reason).toMatch(/no detail/);
  });
});
