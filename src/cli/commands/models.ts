import { Command, Option } from "commander";
import { listBundles, openBundle, Scorer } from "../../scoring/index.js";
import { defaultChannels, networkSpec, networkTable, printTable } from "../../training/index.js";
import { integer } from "../options.js";
import { print, printJson } from "../output.js";

export function command(): Command {
  const list = new Command("list")
    .description("The shipped models.")
    .option("--json", "a JSON line a model")
    .action(async (options: { json?: boolean }) => {
      for (const bundle of await listBundles()) {
        const { card, folder } = await openBundle(bundle);
        const { name, version, architecture, structures, notice } = card;
        if (options.json) printJson({ name, version, architecture, structures, notice, folder });
        else
          print(
            `${name.padEnd(20)} ${version.padEnd(6)} ${architecture}  ${structures.join(", ")}${notice === undefined ? "" : `\n  ${notice}`}`,
          );
      }
    });
  const verify = new Command("verify")
    .description("Card, hashes and a real inference of one model.")
    .argument("<bundle>", "by name or folder")
    .option("--json", "one JSON document on stdout")
    .action(async (model: string, options: { json?: boolean }) => {
      const bundle = await openBundle(model);
      const scorer = await Scorer.open(bundle, { engine: "onnx-cpu", threads: 1 });
      const { name, version } = scorer.info;
      await scorer.close();
      const { card, folder, hash } = bundle;
      if (options.json)
        printJson({
          name: card.name,
          version: card.version,
          folder,
          hash,
          engine: `${name} ${version}`,
          ok: true,
        });
      else print(`${card.name} ${card.version}: card and weights agree, ${name} ${version} runs it`);
    });
  const layers = new Command("layers")
    .description("An architecture layer by layer: output, parameters, multiply-adds for one frame.")
    .addOption(new Option("--arch <arch>", "architecture").choices(["cnn", "fcn"]).default("cnn"))
    .addOption(
      new Option(
        "--pool-stride <n>",
        "stride of the 2 × 2 pooling; at 1 a quarter of the channels, as trained",
      )
        .choices(["1", "2"])
        .default("2"),
    )
    .option("--side <px>", "side of the frame; default 224, at stride 1 56", integer(8, 4096))
    .option("--json", "one JSON document on stdout")
    .action((options: { arch: "cnn" | "fcn"; poolStride: "1" | "2"; side?: number; json?: boolean }) => {
      const poolStride = options.poolStride === "1" ? 1 : 2;
      const side = options.side ?? (poolStride === 1 ? 56 : 224);
      const channels = poolStride === 1 ? defaultChannels.map((c) => c / 4) : defaultChannels;
      const rows = networkTable(
        networkSpec({ arch: options.arch, poolStride, input: [side, side], channels }),
      );
      if (options.json) printJson({ arch: options.arch, poolStride, input: [side, side], layers: rows });
      else print(printTable(rows));
    });
  return new Command("models")
    .description("Model bundles.")
    .addCommand(list)
    .addCommand(verify)
    .addCommand(layers)
    .addHelpText(
      "after",
      "\nExample:\n  stedloop models verify models/actin\n  stedloop models layers --arch fcn",
    );
}
