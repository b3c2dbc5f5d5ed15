import type { Method, Params, Result } from "../schemas.js";
import type { Part } from "../wire.js";
import { checkAcquire } from "./check-steps.js";
import type { RigCore } from "./core.js";
import { Exposure } from "./exposure.js";
import { refusal } from "./refusal.js";

export interface Caller {
  readonly id: string;
  readonly session: string;
}
export interface Done {
  readonly result: object;
  readonly pixels?: readonly Part[];
}
/**
 * A method does what must be done at once (checks, ownership, the job's beginning) before it first awaits, so that
 * two messages can never both pass the same gate. It throws refusals.
 */
export type Methods = { readonly [M in Method]: (params: Params<M>, caller: Caller) => Promise<Done> };
/** The constant part of the answer to `hello`. */
export type Greeting = Omit<Result<"hello">, "session" | "now">;

export function makeMethods(core: RigCore, greeting: Greeting): Methods {
  const { backend, clock, logger, leaseMs, publisher } = core.options;
  const { capabilities } = backend;

  return {
    hello: async (_params, { session }) => ({ result: { ...greeting, session, now: clock.now() } }),

    heartbeat: async () => ({ result: { state: core.state, leaseMs, now: clock.now() } }),

    status: async () => {
      const { owner } = core.current;
      const light = backend.light();
      const rest = { light, faults: backend.faults(), region: backend.current() };
      return { result: { state: core.state, ...(owner === null ? {} : { owner }), ...rest } };
    },

    region: async (params, { id, session }) => {
      if (capabilities.regions === "none")
        throw refusal("BAD_PARAMS", "move: this rig cannot change its region");
      if ("xUm" in params && capabilities.regions !== "stage") {
        throw refusal("BAD_PARAMS", 'xUm: this rig has no stage; it takes {"move": "next"}');
      }
      core.claim(session);
      return core.job(id, "region", async () => ({ result: { region: await backend.region(params) } }));
    },

    focus: async ({ rangeUm }, { id }) => {
      if (backend.focus === undefined) throw refusal("UNKNOWN_METHOD", "this rig has no focus");
      const focus = backend.focus.bind(backend);
      return core.job(id, "focus", async () => ({ result: await focus(rangeUm) }));
    },

    acquire: async (params, { id, session }) => {
      const work = checkAcquire(params, capabilities, backend.current());
      core.claim(session);
      const exposure = new Exposure(id, work, {
        backend,
        shelf: core.shelf,
        publisher,
        clock,
        changed: () => core.changed(),
      });
      const expose = async (): Promise<Done> => {
        const { pixels, ...result } = await exposure.run(params.timeoutMs ?? exposure.defaultTimeoutMs());
        return { result, pixels };
      };
      return core.job(
        id,
        "acquire",
        expose,
        (cause) => exposure.cancel(cause),
        () => exposure.released(),
      );
    },

    frame: async (params) => {
      const found = core.shelf.find(params);
      if (found === undefined) throw refusal("GONE", "this frame is not among the last 64");
      return { result: { frames: [found.descriptor] }, pixels: [found.bytes] };
    },

    abort: async ({ id }) => {
      const { job } = core.current;
      if (job?.method !== "acquire" || (id !== undefined && id !== job.id))
        return { result: { aborted: [] } };
      core.apply({ type: "cancel", cause: "abort", id });
      await core.settled();
      return { result: { aborted: [job.id] } };
    },

    release: async () => {
      core.apply({ type: "release" });
      await core.confirmDark();
      return { result: { state: core.state } };
    },

    safe: async ({ reason }) => {
      logger.warn({ reason }, "safe");
      core.apply({ type: "safe", cause: "safe" });
      await core.settled();
      return { result: { light: await core.confirmDark() } };
    },

    resume: async (_params, { session }) => {
      if (core.current.safe) {
        core.claim(session);
        core.apply({ type: "resume" });
      }
      return { result: { state: core.state } };
    },
  };
}
