import { z } from "zod";
import { type Settings, StedError, settingAliases, settingsSchema } from "../core/index.js";
import type { Mode, SessionView } from "../loop/index.js";
import { longestMaintenanceMinutes } from "../safety/index.js";
import type { ControlLock } from "./control-lock.js";
import type { ServerOptions } from "./options.js";
import { nothing, type Route, route } from "./route.js";
import { lightSchema, maintenanceLimits } from "./schemas.js";

const modeSchema = z.enum(["observe", "assist", "auto", "hold"]) satisfies z.ZodType<Mode>;
const done = z.object({ ok: z.literal(true), seq: z.int().describe("last event at the time of the answer") });
const ofProposal = { proposal: z.string().min(1).optional().describe("id; default: the one that is open") };

/** Whom a command is from, once it is clear that he may steer. */
type Control = Pick<ControlLock, "use" | "take" | "release">;

/** Warm start on the page: what an earlier run saw counts in this one, as with `optimiser.warmStart`. */
export function learnRoute(learnFrom: ServerOptions["learnFrom"], control: Control): Route {
  return route({
    method: "POST",
    path: "/api/v1/runs/{id}/warm-start",
    role: "operator",
    summary: "Count what an earlier run saw in this one, from the next step on",
    params: z.object({ id: z.string().min(1) }),
    body: nothing,
    answer: z.object({ run: z.string(), observations: z.int() }),
    handle: async ({ params, who }) => {
      if (learnFrom === undefined) throw new StedError("NO_OPTIMISER", "there is no optimiser to teach here");
      control.use(who.name);
      return { run: params.id, observations: await learnFrom(params.id, who.name) };
    },
  });
}

/** Everything an operator may do to the run. Each answers once the session has taken it in. */
export function controlRoutes(session: SessionView, control: Control): readonly Route[] {
  const ok = (): z.infer<typeof done> => ({ ok: true, seq: session.state().seq });
  const open = (id: string | undefined): string => {
    const proposal = id ?? session.state().proposal?.id;
    if (proposal !== undefined) return proposal;
    throw new StedError("NO_PROPOSAL", "nothing is waiting for a decision", { hint: "wait for a proposal" });
  };
  const plain = (name: string, summary: string, act: (by: string) => Promise<void>): Route =>
    route({
      method: "POST",
      path: `/api/v1/${name}`,
      role: "operator",
      summary,
      body: nothing,
      answer: done,
      handle: async ({ who }) => {
        control.use(who.name);
        await act(who.name);
        return ok();
      },
    });

  const steering = (name: string, summary: string, act: (by: string) => void): Route =>
    route({
      method: "POST",
      path: `/api/v1/control/${name}`,
      role: "operator",
      summary,
      body: nothing,
      answer: done,
      handle: ({ who }) => {
        act(who.name);
        return ok();
      },
    });

  return [
    route({
      method: "POST",
      path: "/api/v1/proposal/approve",
      role: "operator",
      summary: "Take the open proposal as it is",
      body: z.strictObject(ofProposal),
      answer: done,
      handle: async ({ body, who }) => {
        control.use(who.name);
        await session.approve(open(body.proposal), who.name);
        return ok();
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/proposal/reject",
      role: "operator",
      summary: "Ask for another proposal",
      body: z.strictObject(ofProposal),
      answer: done,
      handle: async ({ body, who }) => {
        control.use(who.name);
        await session.reject(open(body.proposal), who.name);
        return ok();
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/proposal/edit",
      role: "operator",
      summary: "Take other settings instead; they pass the envelope like any others",
      body: z.strictObject({ ...ofProposal, settings: settingsSchema }),
      answer: done,
      handle: async ({ body, who }) => {
        control.use(who.name);
        await session.edit(open(body.proposal), canonical(body.settings), who.name);
        return ok();
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/proposal/choose",
      role: "operator",
      summary: "Take one of the trade-offs offered with the proposal",
      body: z.strictObject({ ...ofProposal, option: z.int().min(0).describe("index in proposal.options") }),
      answer: done,
      handle: async ({ body, who }) => {
        control.use(who.name);
        await session.choose(open(body.proposal), body.option, who.name);
        return ok();
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/mode",
      role: "operator",
      summary: "Change who decides",
      body: z.strictObject({ mode: modeSchema }),
      answer: done,
      handle: async ({ body, who }) => {
        control.use(who.name);
        await session.setMode(body.mode, who.name);
        return ok();
      },
    }),
    steering("take", "Take control over from whoever has it", (name) => control.take(name)),
    steering("release", "Give control back", (name) => control.release(name)),
    plain("pause", "Pause after this frame", (by) => session.pause(by)),
    plain("resume", "Go on after a pause; re-arm after an E-stop", (by) => session.resume(by)),
    plain("skip", "Leave this region and take the same settings elsewhere", (by) => session.skip(by)),
    plain("repeat", "Take the last step's settings once more", (by) => session.repeat(by)),
    plain("stop", "End the run after this step", (by) => session.stop(by)),
    plain("abort", "End the run now; what is there is kept", (by) => session.abort(by)),
    route({
      method: "POST",
      path: "/api/v1/maintenance/begin",
      role: "admin",
      summary: "Other limits for some minutes, inside the rig's own bounds; refused while light is on",
      body: z.strictObject({
        limits: maintenanceLimits,
        minutes: z.number().positive().max(longestMaintenanceMinutes),
        reason: z.string().min(1).max(200),
      }),
      answer: done,
      handle: async ({ body, who }) => {
        await session.beginMaintenance(body, who.name);
        return ok();
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/maintenance/end",
      role: "operator",
      summary: "Back to the configured limits at once",
      body: nothing,
      answer: done,
      handle: async ({ who }) => {
        await session.endMaintenance(who.name);
        return ok();
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/panic",
      role: null,
      summary: "E-stop: every light source off. Anyone who can see the page may press it",
      // Nothing in a body may hold the E-stop up: whatever is no reason is left out.
      body: z.unknown(),
      answer: z.object({ ok: z.literal(true), light: z.array(lightSchema) }),
      handle: async ({ body, who }) => {
        const reason = z.object({ reason: z.string().min(1).max(200) }).safeParse(body);
        const light = await session.panic(reason.success ? reason.data.reason : "E-stop pressed", who.name);
        return { ok: true, light };
      },
    }),
  ];
}

/** The field's own names become ours; two names for one setting are refused. */
function canonical(settings: Settings): Settings {
  const out: Record<string, number> = {};
  for (const [given, value] of Object.entries(settings)) {
    const name = Object.hasOwn(settingAliases, given) ? (settingAliases[given] ?? given) : given;
    if (Object.hasOwn(out, name)) {
      throw new StedError("BAD_PARAMS", `'${name}' is given twice`, { hint: "use one name for one setting" });
    }
    out[name] = value;
  }
  return out;
}
