/** Where the stage goes: distinct fields for `next`, any place of the slide by coordinates. */
import { ProtocolError, RandomStream, type Region } from "../../src/core/index.js";
import { worldUm } from "./sample/world.js";

export const regionPx = 224;
export const regionPixelNm = 20;
/** Far enough apart that the dose of one field never reaches what another one shows. */
const pitchUm = 5.5;
const perSide = Math.floor(worldUm / pitchUm);
const perSlide = perSide * perSide;

function regionAt(id: string, xUm: number, yUm: number): Region {
  return { id, xUm, yUm, widthPx: regionPx, heightPx: regionPx, pixelSizeNm: regionPixelNm };
}

/** The n-th field that `next` hands out: 324 distinct ones on the slide in a seeded order, then on further slides beside it. */
export function nextPlace(seed: number, index: number): Region {
  const slide = Math.floor(index / perSlide);
  const order = RandomStream.of(seed, "places", slide).shuffle(Array.from({ length: perSlide }, (_, i) => i));
  const cell = order[index % perSlide] ?? 0;
  const xUm = slide * worldUm + ((cell % perSide) + 0.5) * pitchUm;
  const yUm = (Math.floor(cell / perSide) + 0.5) * pitchUm;
  return regionAt(`r${index}`, xUm, yUm);
}

/** A place by stage coordinates, its centre inside the slide. @throws ProtocolError BAD_PARAMS, OUT_OF_RANGE */
export function stagePlace(id: string, xUm: number, yUm: number): Region {
  for (const [name, value] of Object.entries({ xUm, yUm })) {
    if (!Number.isFinite(value))
      throw new ProtocolError("BAD_PARAMS", `${name}: ${value} is not a number`, { where: name });
    if (value < 0 || value > worldUm) {
      throw new ProtocolError("OUT_OF_RANGE", `${name}: ${value} µm is outside 0..${worldUm}`, {
        where: name,
      });
    }
  }
  return regionAt(id, xUm, yUm);
}

/** Sample position (nm) of the first corner of a window at the region's centre. */
export function windowOrigin(region: Region, widthPx: number, heightPx: number): { x: number; y: number } {
  const px = region.pixelSizeNm;
  return {
    x: region.xUm * 1000 - (region.widthPx / 2 - Math.floor((region.widthPx - widthPx) / 2)) * px,
    y: region.yUm * 1000 - (region.heightPx / 2 - Math.floor((region.heightPx - heightPx) / 2)) * px,
  };
}
