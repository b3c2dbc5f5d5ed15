/** Where the stage goes: distinct fields for `next`, any place of the slide by coordinates. */
import { ProtocolError, RandomStream, type Region } from "../../src/core/index.js";
import { type World, worldUm } from "./sample/world.js";

export const regionPx = 224;
export const regionPixelNm = 20;
/** Far enough apart that the dose of one field never reaches what another one shows. */
const pitchUm = 5.5;
const perSide = Math.floor(worldUm / pitchUm);
const perSlide = perSide * perSide;
/** So many cells in a row without one: the sample is next to empty, and any field will do. */
const patience = 200;
/** Fewer pieces of structure in the middle of a field and nobody would take it. */
const leastPieces = 3;

function regionAt(id: string, xUm: number, yUm: number): Region {
  return { id, xUm, yUm, widthPx: regionPx, heightPx: regionPx, pixelSizeNm: regionPixelNm };
}

/** The fields that `next` hands out: distinct ones in a seeded order, those with something to see, on slide after slide. */
export class Places {
  private readonly found: Region[] = [];
  private looked = 0;
  private inVain = 0;
  private order: readonly number[] = [];

  constructor(private readonly world: World) {}

  /** @param index from 0 */
  next(index: number): Region {
    while (this.found.length <= index) this.lookOn();
    return this.found[index] as Region;
  }

  private lookOn(): void {
    const slide = Math.floor(this.looked / perSlide);
    const rank = this.looked % perSlide;
    if (rank === 0) {
      // A rig that starts again at its thousandth field only looks at the slides before.
      this.world.forgetUntouched();
      const cells = Array.from({ length: perSlide }, (_, i) => i);
      this.order = RandomStream.of(this.world.seed, "places", slide).shuffle(cells);
    }
    this.looked++;
    const cell = this.order[rank] ?? 0;
    const xUm = slide * worldUm + ((cell % perSide) + 0.5) * pitchUm;
    const yUm = (Math.floor(cell / perSide) + 0.5) * pitchUm;
    const half = 1500;
    const [x, y] = [xUm * 1000, yUm * 1000];
    const middle = { x0: x - half, y0: y - half, x1: x + half, y1: y + half };
    if (this.world.piecesIn(middle) < leastPieces && ++this.inVain < patience) return;
    this.inVain = 0;
    this.found.push(regionAt(`r${this.found.length}`, xUm, yUm));
  }
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
