import { firstInvalidCount, type Image, InputError, resample } from "../core/index.js";

const leastSide = 64;
const leastResampledSide = 32;
const mostPixels = 2 ** 26;
/** Sizes this near count as equal: stage calibrations differ by as much. */
const sizeTolerance = 0.02;

/** @throws InputError naming what is wrong with the frame */
export function checkImage({ pixels, shape, pixelSizeNm }: Image): void {
  const [height, width] = shape;
  const bad = (code: string, message: string): InputError => new InputError(code, message);
  if (!Number.isInteger(height) || !Number.isInteger(width) || height * width !== pixels.length) {
    throw bad("BAD_SHAPE", `${pixels.length} pixels are no frame of ${height} x ${width}`);
  }
  if (height < leastSide || width < leastSide) {
    throw bad(
      "FRAME_TOO_SMALL",
      `a frame of ${height} x ${width} is too small, ${leastSide} pixels a side are needed`,
    );
  }
  if (!(pixelSizeNm > 0 && pixelSizeNm < 1e5))
    throw bad("BAD_PIXEL_SIZE", `${pixelSizeNm} nm is no pixel size`);
  const at = pixels instanceof Float32Array ? firstInvalidCount(pixels) : -1;
  if (at >= 0) {
    const where = `y ${Math.floor(at / width)}, x ${at % width}`;
    throw bad("NOT_COUNTS", `pixel (${where}) is ${pixels[at]}, not a photon count`);
  }
}

/** The frame at the network's pixel size: itself where it has that already. */
export function atPixelSize(image: Image, pixelSizeNm: number): Pick<Image, "pixels" | "shape"> {
  const scale = image.pixelSizeNm / pixelSizeNm;
  if (Math.abs(scale - 1) < sizeTolerance) return image;
  const [height, width] = [image.shape[0] * scale, image.shape[1] * scale];
  if (height * width > mostPixels) {
    throw new InputError(
      "FRAME_TOO_BIG",
      `at ${pixelSizeNm} nm a pixel the frame would have ${Math.round(height)} x ${Math.round(width)} pixels`,
      { hint: "is the pixel size right?" },
    );
  }
  if (Math.min(height, width) < leastResampledSide) {
    throw new InputError("FRAME_TOO_SMALL", `the frame shows ${fieldUm(image)} µm only`, {
      hint: `at least ${(leastResampledSide * pixelSizeNm) / 1e3} µm a side are needed; is the pixel size right?`,
    });
  }
  return resample(image.pixels, image.shape, scale);
}

function fieldUm({ shape, pixelSizeNm }: Image): string {
  return `${((shape[0] * pixelSizeNm) / 1e3).toFixed(2)} x ${((shape[1] * pixelSizeNm) / 1e3).toFixed(2)}`;
}
