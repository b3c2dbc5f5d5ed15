import { type Frame, type FrameKind, RandomStream, type Settings } from "../../src/core/index.js";

/** A field of filaments for the page to show: sharper with depletion power, brighter with dwell and excitation. */
export function fakeFrame(
  id: string,
  seq: number,
  kind: FrameKind,
  settings: Settings,
  region: string,
  options: { readonly sizePx?: number; readonly fade?: number } = {},
): Frame {
  const size = options.sizePx ?? 224;
  const paths = RandomStream.of(7, "filaments", region);
  const noise = RandomStream.of(7, "noise", id);
  const power = kind === "sted" ? (settings.depletionPowerMw ?? 0) : 0;
  const sigma = 6.4 / Math.sqrt(1 + power / 12) + 0.4;
  const peak =
    0.9 * (settings.dwellTimeUs ?? 10) * (settings.excitationPowerUw ?? 5) * 0.12 * (options.fade ?? 1);
  const field = new Float32Array(size * size);
  for (let f = 0; f < 14; f++) {
    let x = paths.between(-20, size + 20);
    let y = paths.between(-20, size + 20);
    let angle = paths.between(0, 2 * Math.PI);
    for (let s = 0; s < 220; s++) {
      angle += 0.06 * paths.normal();
      x += 1.5 * Math.cos(angle);
      y += 1.5 * Math.sin(angle);
      stamp(field, size, x, y, sigma);
    }
  }
  let max = 1e-6;
  for (const v of field) max = Math.max(max, v);
  const pixels = new Uint16Array(size * size);
  for (let i = 0; i < pixels.length; i++) {
    const mean = (peak * (field[i] as number)) / max + 0.6;
    pixels[i] = Math.max(0, Math.round(mean + Math.sqrt(mean) * noise.normal()));
  }
  return {
    id,
    seq,
    kind,
    pixels,
    shape: [size, size],
    pixelSizeNm: 20,
    settings,
    actual: settings,
    region,
    acquiredAt: new Date(Date.UTC(2026, 0, 5, 9, 0, seq)).toISOString(),
    rig: "fake rig",
    saturated: 0,
    origin: "request",
  };
}

function stamp(field: Float32Array, size: number, x: number, y: number, sigma: number): void {
  const reach = Math.ceil(2.5 * sigma);
  for (let v = Math.floor(y) - reach; v <= y + reach; v++) {
    if (v < 0 || v >= size) continue;
    for (let u = Math.floor(x) - reach; u <= x + reach; u++) {
      if (u < 0 || u >= size) continue;
      const i = v * size + u;
      field[i] = (field[i] as number) + Math.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * sigma * sigma));
    }
  }
}
