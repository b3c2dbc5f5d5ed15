import { expect, it } from "vitest";
import type { Frame } from "../../src/core/index.js";
import { ObservedFrames } from "../../src/loop/observed-frames.js";

function frame(seq: number): Frame {
  return { id: `f${seq}`, seq, pixels: new Uint16Array(100), shape: [10, 10] } as unknown as Frame;
}
/** Frames scored one at a time, each when told to. */
function desk(mostBytes?: number) {
  const scored: number[] = [];
  const recorded: number[] = [];
  const errors: string[] = [];
  let release: () => void = () => undefined;
  const frames = new ObservedFrames({
    full: async (f) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      if (f.seq === 13) throw new Error("disk full");
      scored.push(f.seq);
    },
    unscored: async (f) => {
      recorded.push(f.seq);
    },
    onError: (e) => errors.push(e.message),
    ...(mostBytes === undefined ? {} : { mostBytes }),
  });
  const next = async (): Promise<void> => {
    release();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return { frames, scored, recorded, errors, next };
}

it("scores the newest first and the older ones when there is time", async () => {
  const { frames, scored, next } = desk();
  for (const seq of [1, 2, 3, 4]) frames.put(frame(seq));
  await next();
  frames.put(frame(5));
  for (let i = 0; i < 4; i++) await next();
  expect(scored).toEqual([1, 4, 5, 3, 2]);
});

it("records the oldest without a score when too many wait, and loses none", async () => {
  const { frames, scored, recorded, next } = desk(3 * 200);
  for (let seq = 1; seq <= 10; seq++) frames.put(frame(seq));
  for (let i = 0; i < 4; i++) await next();
  expect([recorded, scored]).toEqual([
    [2, 3, 4, 5, 6, 7],
    [1, 10, 9, 8],
  ]);
});

it("records what still waits at the end, and goes on after a frame that could not be kept", async () => {
  const { frames, scored, recorded, errors, next } = desk();
  for (const seq of [11, 12, 13, 14]) frames.put(frame(seq));
  await next();
  await next();
  await next();
  expect([scored, errors]).toEqual([[11, 14], ["disk full"]]);
  frames.put(frame(15));
  const flushed = frames.flush();
  await next();
  await flushed;
  expect([scored, recorded]).toEqual([[11, 14, 12], [15]]);
});
