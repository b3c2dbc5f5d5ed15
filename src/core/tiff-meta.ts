import type { TiffDirectory } from "./tiff-tags.js";

/** What a TIFF says of itself beyond its pixels. */
export interface TiffMeta {
  /** null when the file does not say, or says something that no microscope has. */
  readonly pixelSizeNm: number | null;
  /** ImageJ's linear calibration: counts = c0 + c1 × value. */
  readonly calibration: { readonly c0: number; readonly c1: number } | null;
  /** Planes of an ImageJ stack that are stored behind one directory; 1 otherwise. */
  readonly imageJPlanes: number;
  readonly notes: readonly string[];
}

const imageDescription = 270;
const unitNm: Readonly<Record<string, number>> = {
  nm: 1,
  nanometer: 1,
  nanometre: 1,
  µm: 1e3,
  μm: 1e3,
  um: 1e3,
  "\\u00b5m": 1e3,
  micron: 1e3,
  microns: 1e3,
  micrometer: 1e3,
  micrometre: 1e3,
  mm: 1e6,
  cm: 1e7,
  m: 1e9,
  inch: 2.54e7,
  å: 0.1,
  pm: 1e-3,
};

/** Nanometres of one unit of length, by its name or sign; undefined for an unknown one. */
export function nanometresOf(unit: string): number | undefined {
  return unitNm[unit.toLowerCase()];
}

/** Reads OME-XML, ImageJ's header and the resolution tags, in this order of trust. */
export function readMeta(directory: TiffDirectory): TiffMeta {
  const text = directory.text(imageDescription);
  if (/<OME[\s>]/.test(text)) return { ...plain, ...ome(text) };
  if (/^ImageJ=/.test(text)) return imageJ(text, directory);
  return { ...plain, ...size(tagResolution(directory), "TIFF resolution") };
}

const plain: TiffMeta = { pixelSizeNm: null, calibration: null, imageJPlanes: 1, notes: [] };

/** A size outside 1 nm … 10 µm is a printer's resolution, not a microscope's. */
function size(nm: number | null, source: string): Pick<TiffMeta, "pixelSizeNm" | "notes"> {
  if (nm === null) return { pixelSizeNm: null, notes: [] };
  if (!(nm >= 1 && nm <= 10_000)) {
    return {
      pixelSizeNm: null,
      notes: [`pixel size of ${Number(nm.toPrecision(4))} nm (${source}) ignored`],
    };
  }
  return { pixelSizeNm: Number(nm.toPrecision(6)), notes: [] };
}

function ome(xml: string): Pick<TiffMeta, "pixelSizeNm" | "notes"> {
  const pixels = /<(?:\w+:)?Pixels\b[^>]*>/.exec(xml)?.[0] ?? "";
  const value = Number(/\bPhysicalSizeX\s*=\s*["']([^"']*)["']/.exec(pixels)?.[1] ?? "");
  const unit = /\bPhysicalSizeXUnit\s*=\s*["']([^"']*)["']/.exec(pixels)?.[1] ?? "µm";
  const factor = unitNm[unit.toLowerCase()];
  if (!(value > 0)) return { pixelSizeNm: null, notes: [] };
  if (factor === undefined)
    return { pixelSizeNm: null, notes: [`pixel size in unknown unit '${unit}' ignored`] };
  return size(value * factor, "OME");
}

function imageJ(text: string, directory: TiffDirectory): TiffMeta {
  const value = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1]?.trim();
  const notes: string[] = [];
  const unit = value("unit")?.toLowerCase();
  let sizeNm: number | null = null;
  const perUnit = directory.number(282, 0);
  if (unit !== undefined && unit !== "pixel") {
    const factor = unitNm[unit];
    if (factor === undefined) notes.push(`pixel size in unknown unit '${unit}' ignored`);
    else if (perUnit > 0) sizeNm = factor / perUnit;
  } else sizeNm = tagResolution(directory);
  const sized = size(sizeNm, "ImageJ");
  const c0 = Number(value("c0") ?? Number.NaN);
  const c1 = Number(value("c1") ?? Number.NaN);
  const kind = Number(value("cf") ?? "0");
  const linear = Number.isFinite(c0) && Number.isFinite(c1) && c1 !== 0;
  if (linear && kind !== 0)
    notes.push(`ImageJ calibration function ${kind} is not linear: values taken as they are`);
  if (linear && kind === 0) notes.push(`ImageJ calibration: counts = ${c0} + ${c1} x value`);
  const planes = Math.floor(Number(value("images") ?? "1")) || 1;
  return {
    pixelSizeNm: sized.pixelSizeNm,
    calibration: linear && kind === 0 ? { c0, c1 } : null,
    imageJPlanes: Math.max(1, planes),
    notes: [...notes, ...sized.notes],
  };
}

/** XResolution with ResolutionUnit 2 (inch) or 3 (cm); without a unit it says nothing. */
function tagResolution(directory: TiffDirectory): number | null {
  const perUnit = directory.number(282, 0);
  const unit = directory.number(296, 2);
  if (!(perUnit > 0) || !Number.isFinite(perUnit)) return null;
  if (unit === 2) return 2.54e7 / perUnit;
  return unit === 3 ? 1e7 / perUnit : null;
}
