import { describe, it } from "vitest";
import { checkNames, checkRig, serveRig } from "../../drivers/zeromq/index.js";
import { FakeBackend, type FakeOptions } from "./fake-backend.js";
import { RawClient } from "./raw-client.js";

const wild = "tcp://127.0.0.1:*";

describe.concurrent("rig-check on our own server", () => {
  const variants: [string, FakeOptions, { events?: null; leaseMs?: number }][] = [
    ["as it is", { lineMs: 4 }, {}],
    ["without events", { lineMs: 4, capabilities: { observe: false } }, { events: null }],
    [
      "with a stage and focus, in float",
      { lineMs: 2, float: true, capabilities: { regions: "stage", focus: true } },
      {},
    ],
    ["that cannot move", { lineMs: 2, size: [33, 17], capabilities: { regions: "none" } }, {}],
    ["that is too fast", { size: [16, 16] }, {}],
    ["with frames longer than its lease", { lineMs: 20, size: [40, 40] }, { leaseMs: 600 }],
    [
      "with other parameters",
      {
        lineMs: 3,
        capabilities: {
          parameters: [{ name: "gain", label: "g", unit: "1", min: 0.5, max: 2, scale: "linear" }],
          limits: {},
          kinds: ["confocal"],
        },
      },
      {},
    ],
  ];
  for (const [what, fake, options] of variants) {
    it(`passes a rig ${what}, and leaves it dark and free`, async ({ expect }) => {
      const backend = new FakeBackend(fake);
      const server = await serveRig(backend, { bind: wild, events: wild, leaseMs: 500, ...options });
      const raw = new RawClient(server.commands);
      try {
        const report = await checkRig(server.commands);
        expect(report.checks.filter((c) => !c.ok)).toEqual([]);
        expect(report.checks.map((c) => c.name)).toEqual(checkNames);
        const { result } = (await raw.ask("status")).header;
        expect([result.state, result.owner, backend.isOn]).toEqual(["idle", undefined, false]);
      } finally {
        raw.close();
        await server.close();
      }
    });
  }
});
