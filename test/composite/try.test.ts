import { it, expect } from "vitest";
import { CompositeBench } from "./bench.js";
it("x", async () => {
  const b = new CompositeBench({ devices: [
    { name: "depletion", kind: "mpb-vfl", role: "depletion", table: [[100, 20],[1000,250]], maxMw: 1000 },
    { name: "laser640", kind: "cobolt-06", role: "excitation", more: ", powerMw: 20", maxMw: 50 },
    { name: "aotf", kind: "aa-mpds", role: "aotf", more: ", channel: 1, gates: excitation", table: [[1,0.0005],[10,0.006],[100,0.02]], maxMw: 100 },
  ]});
  try {
    await b.start();
    const at = await b.run();
    console.log(at);
    await b.lit();
    console.log("lit", b.daemonSaid);
    const state = await (await fetch(at + "/api/v1/state")).json();
    console.log(JSON.stringify(state.rig.light), state.stage);
    process.kill(b.daemon!.pid!, "SIGKILL");
    console.log(await b.dark());
  } finally { await b.stop(); }
});
