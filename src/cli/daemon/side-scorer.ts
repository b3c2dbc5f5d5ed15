import type { ResolvedConfig } from "../../config/index.js";
import type { Image, Logger, ScoreRecord } from "../../core/index.js";
import { openBundle, Scorer } from "../../scoring/index.js";
import type { Heatmap } from "../../server/index.js";
import { remoteTarget } from "../remote-target.js";
import { localEngine } from "./open-parts.js";

/**
 * The same network once more, for what people ask of the page: files they bring, sets they make, heatmaps (some hundred
 * inferences each). The run's own frames never wait behind these. Opened when first asked.
 */
export class SideScorer {
  private opened: Promise<Scorer> | null = null;

  constructor(
    private readonly config: ResolvedConfig,
    private readonly logger: Logger,
  ) {}

  async score(image: Image): Promise<ScoreRecord> {
    return (await this.open()).score(image);
  }

  async heatmap(image: Image): Promise<Heatmap | null> {
    const { heatmap } = await (await this.open()).detail(image, { heatmap: true });
    return heatmap === null ? null : { kind: heatmap.kind, values: heatmap.data, shape: heatmap.shape };
  }

  async close(): Promise<void> {
    await this.opened?.then((scorer) => scorer.close()).catch(() => undefined);
  }

  private open(): Promise<Scorer> {
    const { model, remote } = this.config;
    const begin = async (): Promise<Scorer> => {
      const bundle = await openBundle(model);
      return Scorer.open(bundle, {
        engine: localEngine(this.config),
        threads: 1,
        remote: await remoteTarget(remote, bundle.card.name),
        onNotice: (line) => this.logger.warn({}, line),
      });
    };
    if (this.opened === null) {
      this.opened = begin();
      // An engine that did not open is tried anew by the next who asks.
      this.opened.catch(() => {
        this.opened = null;
      });
    }
    return this.opened;
  }
}
