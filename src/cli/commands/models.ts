import { Command } from "commander";
import { listBundles, openBundle, Scorer } from "../../scoring/index.js";
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
  return new Command("models")
    .description("Model bundles.")
    .addCommand(list)
    .addCommand(verify)
    .addHelpText("after", "\nExample:\n  stedloop models verify models/actin");
}
