import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/index.js";
import { ConfigError } from "../../src/core/index.js";

function file(text: string, name = "c.yaml"): string {
  const path = join(mkdtempSync(join(tmpdir(), "stedloop-config-")), name);
  writeFileSync(path, text);
  return path;
}
function refusal(text: string): ConfigError {
  try {
    loadConfig(file(text));
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  }
  throw new Error("it was taken");
}

describe("configuration", () => {
  it("needs nothing but a rig", () => {
    const config = loadConfig(file("rig: {kind: simulated}\n"));
    expect(config).toMatchObject({
      mode: "auto",
      model: "actin",
      budget: { steps: 40 },
      confocal: { excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 },
      optimiser: { strategy: "nehvi", initial: 8 },
      server: { host: "127.0.0.1", port: 8420 },
      limits: { depletionPowerMw: { max: 250 } },
    });
    expect(loadConfig().rig).toEqual({ kind: "simulated", structure: "actin" });
  });

  it("comes with examples that load", () => {
    const folder = join(import.meta.dirname, "../../config");
    const names = readdirSync(folder).filter((n) => n.endsWith(".yaml") && n !== "safety.yaml");
    expect(names).toContain("imspector.yaml");
    for (const name of names) expect(loadConfig(join(folder, name)).file).toContain(name);
    const frames = loadConfig(file('rig: {kind: zmq-frames, address: "tcp://127.0.0.1:1"}\nmode: auto\n'));
    expect(frames).toMatchObject({ mode: "observe", rig: { topic: "", pixelSizeNm: 20 } });
  });

  const refused: readonly { name: string; text: string; says: readonly RegExp[] }[] = [
    {
      name: "an unknown key, with the nearest",
      text: "rig: {kind: simulated}\nmdoe: auto\n",
      says: [/line 2/, /'mdoe'/, /'mode'/],
    },
    { name: "a missing rig kind", text: "rig:\n  knid: simulated\n", says: [/line 2|line 1/, /kind/] },
    {
      name: "a mistyped key inside the rig",
      text: "rig:\n  kind: simulated\n  strcture: actin\n",
      says: [/line 3/, /structure/],
    },
    {
      name: "a value out of range",
      text: "rig: {kind: simulated}\nserver:\n  port: 99999\n",
      says: [/line 3/, /server\.port/],
    },
    {
      name: "text where a number belongs",
      text: "rig: {kind: simulated}\nconfocal: {dwellTimeUs: 10us}\n",
      says: [/line 2/, /dwellTimeUs/, /number/],
    },
    {
      name: "not a number",
      text: "rig: {kind: simulated}\nfixed: {lineRepeats: .nan}\n",
      says: [/lineRepeats/],
    },
    {
      name: "bounds the wrong way round",
      text: "rig: {kind: simulated}\nparameters: {depletionPowerMw: {min: 9, max: 3}}\n",
      says: [/min 9 is not below max 3/],
    },
    {
      name: "a parameter without a limit",
      text: "rig: {kind: simulated}\nlimits: {depletionPowerMw: {max: 250}, excitationPowerUw: {max: 20}, lineRepeats: {max: 10}}\n",
      says: [/no entry for 'dwellTimeUs'/, /missing means refused/],
    },
    {
      name: "a bound above its limit",
      text: "rig: {kind: simulated}\nparameters: {depletionPowerMw: {min: 0, max: 260}}\n",
      says: [/above its limit of 250/],
    },
    {
      name: "a log scale from zero",
      text: "rig: {kind: simulated}\nparameters: {depletionPowerMw: {min: 0, max: 100, scale: log}}\n",
      says: [/log scale/],
    },
    { name: "YAML that is not YAML", text: "rig: {kind: simulated\n", says: [/line/] },
    {
      name: "an objective listed twice",
      text: "rig: {kind: simulated}\nobjectives: [{name: quality}, {name: quality}]\n",
      says: [/twice/],
    },
  ];
  for (const { name, text, says } of refused) {
    it(`refuses ${name}`, () => {
      const { line, exitCode } = refusal(text);
      expect(exitCode).toBe(2);
      for (const word of says) expect(line).toMatch(word);
    });
  }

  it("reports all faults together", () => {
    const { line } = refusal("rig: {kind: simulated}\nmdoe: auto\nserver: {prot: 1}\n");
    expect(line).toMatch(/mode/);
    expect(line).toMatch(/port/);
  });

  it("a map given replaces the default map", () => {
    const config = loadConfig(file("rig: {kind: simulated}\nparameters: {dwellTimeUs: {min: 2, max: 20}}\n"));
    expect(Object.keys(config.parameters)).toEqual(["dwellTimeUs"]);
  });

  it("takes paths relative to the file, and a watched folder is observed", () => {
    const path = file("rig: {kind: watch, folder: frames}\nmodel: ./mine\n");
    const config = loadConfig(path);
    expect(config.rig).toMatchObject({ folder: join(path, "..", "frames") });
    expect(config.model).toBe(join(path, "..", "mine"));
    expect(config.mode).toBe("observe");
  });

  it("reads limits from a file of their own", () => {
    const path = file("rig: {kind: simulated}\nsafety: safety.yaml\n");
    writeFileSync(
      join(path, "..", "safety.yaml"),
      "limits: {depletionPowerMw: {max: 250}, excitationPowerUw: {max: 15}, dwellTimeUs: {max: 50}, lineRepeats: {max: 1}}\n",
    );
    expect(loadConfig(path).limits.excitationPowerUw).toEqual({ max: 15 });
  });
});
