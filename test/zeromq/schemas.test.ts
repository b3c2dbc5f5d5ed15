import { describe, expect, it } from "vitest";
import { descriptorSchema } from "../../drivers/zeromq/schemas.js";

const descriptor = {
  part: 0,
  frameId: "f1",
  dtype: "uint16",
  shape: [2, 3],
  pixelSizeNm: 20,
  kind: "sted",
  settings: { dwellTimeUs: 10 },
  region: null,
  frameSeq: 1,
  acquiredAt: "2026-11-25T12:00:00Z",
  saturated: 0,
};

describe("a frame's description", () => {
  it("keeps the numbers of what was read back, whatever else the rig says there", () => {
    const actual = { depletionPowerMw: 99.5, excitationPowerUw: null, mode: "APC", dwellTimeUs: 10 };
    const read = descriptorSchema.parse({ ...descriptor, actual, colour: "blue" });
    expect(read.actual).toEqual({ depletionPowerMw: 99.5, dwellTimeUs: 10 });
    expect(read).not.toHaveProperty("colour");
  });

  it("is refused with settings that are no numbers, or without what it must have", () => {
    const bad = { ...descriptor, actual: {}, settings: { dwellTimeUs: "10" } };
    expect(descriptorSchema.safeParse(bad).success).toBe(false);
    expect(descriptorSchema.safeParse(descriptor).success).toBe(false);
  });
});
