import { availableParallelism } from "node:os";
import { UsageError } from "../core/index.js";
import { openBundle, ScorerPool } from "../scoring/index.js";
import type { StudyNetwork } from "./assemble.js";

export interface NetworkOptions {
  readonly engine?: string;
  readonly threads?: number;
  readonly onNotice?: (line: string) => void;
}

/** Opens the networks of a study by name or folder. Call `close` when the frames are scored. */
export async function openNetworks(
  models: readonly string[],
  options: NetworkOptions = {},
): Promise<{ readonly networks: readonly StudyNetwork[]; close(): Promise<void> }> {
  const pools: ScorerPool[] = [];
  const networks: StudyNetwork[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(pools.map((pool) => pool.close()));
  };
  try {
    for (const model of models) {
      const bundle = await openBundle(model);
      const { name, version, training } = bundle.card;
      if (networks.some((n) => n.name === name && n.hash === bundle.hash)) {
        throw new UsageError("TWICE", `model '${name}' is given twice`, { where: "--model" });
      }
      const threads = options.threads ?? 1;
      const pool = await ScorerPool.open(bundle, Math.max(1, Math.floor(availableParallelism() / threads)), {
        threads,
        ...(options.engine === undefined ? {} : { engine: options.engine }),
        ...(options.onNotice === undefined ? {} : { onNotice: options.onNotice }),
      });
      pools.push(pool);
      const hash = training["datasetSha256"];
      const same = networks.filter((n) => n.name === name).length;
      networks.push({
        name: same === 0 ? name : `${name} (${same + 1})`,
        version,
        hash: bundle.hash,
        engine: options.engine ?? "auto",
        trainedOn: typeof hash === "string" ? hash : null,
        score: async (image) => (await pool.detail(image)).record.score,
      });
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { networks, close };
}
