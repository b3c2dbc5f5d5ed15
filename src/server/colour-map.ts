/**
 * Perceptually uniform colour maps, computed and not copied: CIE 1976 lightness rises evenly from black to near
 * white while the hue turns; chroma is cut where sRGB ends. Every map keeps its order in greyscale print.
 */
const size = 256;

interface Path {
  /** OKLCH hue in degrees at the dark and at the bright end. */
  readonly hue: readonly [number, number];
  /** Greatest OKLCH chroma on the way. */
  readonly chroma: number;
}
const paths = {
  /** From violet through red to pale yellow: fluorescence. */
  ember: { hue: [300, 460], chroma: 0.19 },
  /** From deep blue through green to pale yellow. */
  lagoon: { hue: [275, 110], chroma: 0.15 },
  grey: { hue: [0, 0], chroma: 0 },
} as const satisfies Record<string, Path>;

export type ColourMapName = keyof typeof paths;
export const colourMapNames = Object.keys(paths) as readonly ColourMapName[];
type Rgb = readonly [number, number, number];

/** For values on both sides of zero: blue below, near black at zero, orange above; each side rises evenly. */
export const balance = "balance";
const sides = { below: { hue: 245, chroma: 0.14 }, above: { hue: 60, chroma: 0.15 } } as const;

function balanceMap(): Uint8Array {
  const out = new Uint8Array(size * 3);
  for (let i = 0; i < size; i++) {
    const t = (2 * i) / (size - 1) - 1;
    const { hue, chroma } = t < 0 ? sides.below : sides.above;
    const part = Math.sqrt(Math.abs(t));
    out.set(brightestFit(80 * Math.abs(t), chroma * part, (hue * Math.PI) / 180).map(encode), i * 3);
  }
  return out;
}

/** @returns 256 sRGB triples, from least to greatest */
export function colourMap(name: ColourMapName | typeof balance): Uint8Array {
  if (name === balance) return balanceMap();
  const path = paths[name];
  const out = new Uint8Array(size * 3);
  for (let i = 0; i < size; i++) {
    const t = i / (size - 1);
    const hue = ((path.hue[0] + (path.hue[1] - path.hue[0]) * t) * Math.PI) / 180;
    // Less colour towards both ends, where there is no room for it.
    const chroma = path.chroma * Math.sqrt(Math.sin(Math.PI * (0.015 + 0.97 * t)));
    out.set(brightestFit(97.5 * t, chroma, hue).map(encode), i * 3);
  }
  return out;
}

/** Linear sRGB of the colour with this CIE lightness and OKLab hue, its chroma lowered until it fits. */
function brightestFit(lightness: number, chroma: number, hue: number): Rgb {
  for (let c = chroma; ; c -= 0.002) {
    const rgb = ofLightness(lightness, Math.max(0, c), hue);
    if (c <= 0 || rgb.every((v) => v >= -1e-4 && v <= 1 + 1e-4)) return rgb;
  }
}

/** Bisects OKLab's lightness until CIE's is the wanted one; the two measures differ for saturated colours. */
function ofLightness(wanted: number, chroma: number, hue: number): Rgb {
  let low = -0.2;
  let high = 1.2;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (cieLightness(linearRgb(middle, chroma, hue)) < wanted) low = middle;
    else high = middle;
  }
  return wanted === 0 ? [0, 0, 0] : linearRgb(high, chroma, hue);
}

/** CIE 1976 L* of linear sRGB, D65. */
function cieLightness([r, g, b]: Rgb): number {
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return y > 216 / 24389 ? 116 * Math.cbrt(y) - 16 : (y * 24389) / 27;
}

/** OKLab's own inverse, Ottosson 2020: https://bottosson.github.io/posts/oklab/ */
function linearRgb(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** Linear light to an sRGB byte (IEC 61966-2-1). */
function encode(linear: number): number {
  const v = Math.min(1, Math.max(0, linear));
  const gamma = v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055;
  return Math.round(255 * gamma);
}
