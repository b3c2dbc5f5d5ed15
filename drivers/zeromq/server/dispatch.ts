import type { Clock } from "../../../src/core/index.js";
import {
  faultLine,
  type Method,
  paramsSchemas,
  protocolWord,
  type ReplyHeader,
  type RequestHeader,
  requestHeaderSchema,
} from "../schemas.js";
import { decode, type Part } from "../wire.js";
import { type Answer, AnswerBook } from "./answers.js";
import type { RigCore } from "./core.js";
import type { Methods } from "./methods.js";
import { refusal, refusalPixels, toWireRefusal } from "./refusal.js";
import { stateRefusal } from "./state.js";

const keptActs = 16;
const keptQueries = 64;
const queries: ReadonlySet<Method> = new Set(["hello", "heartbeat", "status", "frame"]);

function isMethod(name: string): name is Method {
  return Object.hasOwn(paramsSchemas, name);
}

/**
 * One message in, one answer out; never throws. The order of refusal is the protocol's: version, repeated id, EXPIRED,
 * UNKNOWN_METHOD, ownership BUSY, SAFE_STATE, acquiring BUSY, BAD_PARAMS, OUT_OF_RANGE.
 */
export class Dispatcher {
  // Questions have a book of their own, so that heartbeats do not push an acquisition's answer out.
  private readonly acts: AnswerBook;
  private readonly asked: AnswerBook;

  constructor(
    private readonly core: RigCore,
    private readonly methods: Methods,
    private readonly clock: Clock,
  ) {
    this.acts = new AnswerBook(keptActs, () => clock.monotonic());
    this.asked = new AnswerBook(keptQueries, () => clock.monotonic());
  }

  async answer(parts: readonly Part[]): Promise<Answer> {
    const json = decode(parts[1]);
    let id = idOf(json, parts[1]);
    try {
      const word = Buffer.from(parts[0] ?? []).toString("utf8");
      if (word !== protocolWord) {
        throw refusal("UNSUPPORTED_VERSION", `this server speaks ${protocolWord}`, {
          supported: [protocolWord],
        });
      }
      const header = requestHeaderSchema.safeParse(json);
      if (!header.success)
        throw refusal("BAD_PARAMS", faultLine(header.error, json === undefined ? "header" : ""));
      id = header.data.id;
      this.core.lapse();
      return await this.known(header.data);
    } catch (thrown) {
      return refused(id, thrown);
    }
  }

  private async known(header: RequestHeader): Promise<Answer> {
    const first = this.acts.find(header.id) ?? this.asked.find(header.id);
    if (first === "forgotten")
      throw refusal("GONE", "this request was carried out; its answer is no longer kept");
    const late = this.isLate(header);
    if (first !== undefined) {
      if (!late) this.core.heard(header.session);
      return first;
    }
    if (late) throw refusal("EXPIRED", "the request came after its expiresAt", { now: this.clock.now() });
    const { method } = header;
    if (!isMethod(method) || (method === "focus" && !this.core.options.backend.capabilities.focus)) {
      throw refusal("UNKNOWN_METHOD", `no method '${method}' here`);
    }
    const params = paramsSchemas[method].safeParse(header.params ?? {});
    if (params.success) this.core.heard(header.session);
    this.checkState(method, header.session);
    if (!params.success) throw refusal("BAD_PARAMS", faultLine(params.error));

    const work = this.methods[method] as (p: unknown, caller: RequestHeader) => Promise<{ result: object }>;
    const answer = this.carryOut(header.id, work(params.data, header));
    const book = queries.has(method) ? this.asked : this.acts;
    book.keep(header.id, answer, Math.max(0, (header.expiresAt ?? 0) - this.clock.now()));
    const { header: reply } = await answer;
    if (!reply.ok && !wasCarriedOut(reply)) book.drop(header.id);
    return answer;
  }

  private async carryOut(
    id: string,
    work: Promise<{ result: object; pixels?: readonly Part[] }>,
  ): Promise<Answer> {
    try {
      const { result, pixels = [] } = await work;
      return { header: { id, ok: true, result: { ...result } }, pixels };
    } catch (thrown) {
      return refused(id, thrown);
    }
  }

  private isLate(header: RequestHeader): boolean {
    if (header.method === "hello") return false;
    if (header.expiresAt === undefined) throw refusal("BAD_PARAMS", "expiresAt: missing");
    return this.clock.now() > header.expiresAt;
  }

  private checkState(method: Method, session: string): void {
    const no = stateRefusal(this.core.current, method, session);
    if (no === null) return;
    if (no.code === "SAFE_STATE") throw refusal("SAFE_STATE", "the rig is safe; an operator must resume it");
    const why = no.why === "owned" ? "another session owns the rig" : "the rig is busy with another request";
    throw refusal("BUSY", why, { owner: this.core.current.owner, leaseLeftMs: this.core.leaseLeftMs });
  }
}

/** Refused before anything happened: such an id may be tried afresh. */
const neverBegun: ReadonlySet<string> = new Set(["BAD_PARAMS", "OUT_OF_RANGE", "UNKNOWN_METHOD", "GONE"]);
function wasCarriedOut(reply: ReplyHeader): boolean {
  return reply.ok || !neverBegun.has(reply.error.code);
}

function refused(id: string | null, thrown: unknown): Answer {
  return { header: { id, ok: false, error: toWireRefusal(thrown) }, pixels: refusalPixels(thrown) };
}

const idText = /"id"\s*:\s*"([^"\\]{1,200})"/;
/** The id even of a header that is otherwise broken, so that its sender learns of it. */
function idOf(json: unknown, part: Part | undefined): string | null {
  if (typeof json === "object" && json !== null && "id" in json) {
    return typeof json.id === "string" ? json.id : null;
  }
  return part === undefined ? null : (idText.exec(Buffer.from(part).toString("utf8"))?.[1] ?? null);
}
