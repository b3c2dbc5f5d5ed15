import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { systemClock } from "../../core/index.js";
import { imageFiles, openBundle, ScorerPool, scoreFiles } from "../../scoring/index.js";
import { integer, number } from "../options.js";
import { Progress, print, printJson, report, say } from "../output.js";
import { remoteTarget } from "../remote-target.js";

interface Options {
  readonly model: string;
  readonly pixelSize?: number;
  readonly engine: string;
  readonly remote?: string;
  readonly tokenFile?: string;
  readonly threads: number;
  readonly heatmap?: string;
  readonly stack?: string;
  readonly lifetime?: readonly [number, number];
  readonly json?: boolean;
}

export function command(): Command {
  return new Command("score")
    .description(
      "Quality of image files (TIFF, OME-TIFF, Imspector .obf and .msr, .npy; a folder means the images in it). A JSON line a frame.",
    )
    .argument("<file...>", "image files or folders")
    .option("--model <bundle>", "quality network, by name or folder", "actin")
    .option("--pixel-size <nm>", "pixel size, over what the files say", number(0.1))
    .option("--engine <name>", "what computes", "auto")
    .option("--remote <url>", "model server of --engine remote (Open Inference Protocol v2)")
    .option("--token-file <file>", "its access token: the file's first line")
    .option("--threads <n>", "threads of the engine", integer(1, 64), 1)
    .option("--heatmap <folder>", "also write where the score comes from (OME-TIFF, PNG)")
    .option("--stack <name>", "of an Imspector file: this stack only, by name or number from 0")
    .option("--lifetime <from:to>", "of an Imspector file: sum these arrival times only, ns", nanoseconds)
    .option("--json", "JSON lines, also on a terminal")
    .addHelpText("after", "\nExample:\n  stedloop score demo/real/*.tif")
    .action(async (files: readonly string[], options: Options) => {
      process.exitCode = await score(files, options);
    });
}

function nanoseconds(text: string): readonly [number, number] {
  const [from, to, more] = text.split(":").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (from === undefined || to === undefined || more !== undefined || !(from < to)) {
    throw new InvalidArgumentError("It must be two times in ns, for example 0.5:8.");
  }
  return [from, to];
}

/** @returns 0; 1 when a file could not be read; 2 when none could */
async function score(given: readonly string[], options: Options): Promise<number> {
  const files = await imageFiles(given);
  const bundle = await openBundle(options.model);
  // One engine a core for a folder; a single file needs but one.
  const size = Math.max(1, Math.min(files.length, Math.floor(availableParallelism() / options.threads)));
  const scorer = await ScorerPool.open(bundle, size, {
    engine: options.engine,
    threads: options.threads,
    remote: await remoteTarget(
      options.remote === undefined ? undefined : { url: options.remote, tokenFile: options.tokenFile },
      bundle.card.name,
    ),
    onNotice: say,
  });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const progress = new Progress("score", () => systemClock.monotonic());
  const plain = process.stdout.isTTY === true && !options.json;
  const seen = { good: 0, bad: 0 };
  const done = new Set<string>();
  try {
    const lines = scoreFiles(files, scorer, {
      signal: stop.signal,
      ahead: 2 * scorer.size,
      read: { stack: options.stack, lifetimeNs: options.lifetime },
      ...(options.pixelSize === undefined ? {} : { pixelSizeNm: options.pixelSize }),
      ...(options.heatmap === undefined ? {} : { heatmapFolder: options.heatmap }),
    });
    for await (const line of lines) {
      done.add(line.file);
      if ("error" in line) {
        seen.bad++;
        say(`stedloop: ${line.file}: ${line.error.message}`);
      } else seen.good++;
      if (!plain) printJson(line);
      else if (!("error" in line)) print(inWords(line));
      if (files.length > 20) progress.update(done.size, files.length);
    }
  } catch (thrown) {
    return report(thrown);
  } finally {
    await scorer.close();
  }
  if (seen.bad === 0) return 0;
  return seen.good === 0 ? 2 : 1;
}

function inWords(line: {
  readonly file: string;
  readonly stack?: string;
  readonly score: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly inDomain: boolean;
  readonly reason?: string;
}): string {
  if (line.score === null)
    return `  –            ${line.file}${line.stack === undefined ? "" : ` [${line.stack}]`}  (${line.reason ?? "no score"})`;
  const interval =
    line.lower === null || line.upper === null ? "" : `${line.lower.toFixed(2)}–${line.upper.toFixed(2)}`;
  return `${line.score.toFixed(2)}  ${interval.padEnd(9)}  ${line.file}${line.stack === undefined ? "" : ` [${line.stack}]`}${line.inDomain ? "" : "  (unlike the training frames)"}`;
}
