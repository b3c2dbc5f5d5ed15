import { Command, Option } from "commander";
import { setupOnnxCuda, setupTensorflow, setupWebGpu } from "../../training/index.js";
import { print, printJson, say } from "../output.js";

interface Options {
  readonly from?: string;
  readonly wheel: "tensorflow-cpu" | "tensorflow";
  readonly version?: string;
  readonly json?: boolean;
}

export function command(): Command {
  const tensorflow = new Command("tensorflow")
    .description(
      "The native TensorFlow library where npm's own download cannot be had: for training and as an engine. Needs g++.",
    )
    .option(
      "--from <path>",
      "a tensorflow wheel, or a folder with libtensorflow_cc.so.2 and include/; default: pip download",
    )
    .addOption(
      new Option("--wheel <package>", "what pip fetches; 'tensorflow' carries CUDA (not verified on a GPU)")
        .choices(["tensorflow-cpu", "tensorflow"])
        .default("tensorflow-cpu"),
    )
    .option("--version <v>", "version that pip fetches")
    .option("--json", "one JSON document on stdout")
    .action(async (options: Options) => {
      const report = await setupTensorflow({
        wheel: options.wheel,
        ...(options.from === undefined ? {} : { from: options.from }),
        ...(options.version === undefined ? {} : { version: options.version }),
        onStep: say,
      });
      if (options.json) printJson(report);
      else print(`TensorFlow works from ${report.library}. To undo: ${report.undo}`);
    });
  const cuda = new Command("onnx-cuda")
    .description(
      "onnxruntime's CUDA provider for engine onnx-cuda, out of the PyPI wheel onnxruntime-gpu. Not verified on a GPU.",
    )
    .option("--from <wheel>", "a wheel of onnxruntime-gpu; default: pip download")
    .option("--json", "one JSON document on stdout")
    .action(async (options: { from?: string; json?: boolean }) => {
      const report = await setupOnnxCuda({
        ...(options.from === undefined ? {} : { from: options.from }),
        onStep: say,
      });
      if (options.json) printJson(report);
      else print(`engine onnx-cuda works. To undo: ${report.undo}`);
    });
  const webgpu = new Command("webgpu")
    .description("Training on any vendor's graphics card (train --backend webgpu): two npm packages, 160 MB.")
    .option("--json", "one JSON document on stdout")
    .action(async (options: { json?: boolean }) => {
      const report = await setupWebGpu(say);
      if (options.json) printJson(report);
      else print(`train --backend webgpu works on ${report.verified.webgpu}. To undo: ${report.undo}`);
    });
  return new Command("setup")
    .description("Optional native parts; npm ci needs none of them.")
    .addCommand(tensorflow)
    .addCommand(cuda)
    .addCommand(webgpu)
    .addHelpText(
      "after",
      "\nExample:\n  stedloop setup tensorflow --from tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.whl",
    );
}
