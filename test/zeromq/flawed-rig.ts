import { randomUUID } from "node:crypto";
import { Publisher, Router } from "zeromq";

/**
 * A second rig server, written from rig-protocol.md alone and sharing no code with drivers/zeromq. Without a flaw it keeps
 * the protocol; each flaw breaks one sentence of it. It exists so that rig-check can be shown to find every one.
 */
export const flaws = {
  // hello, status
  helloExpires: ["hello", /EXPIRED/],
  helloStartChanges: ["hello", /'start' changed/],
  helloNoLease: ["hello", /leaseMs/],
  nowInSeconds: ["hello", /must be milliseconds/],
  helloStrict: ["hello", /unknown key/],
  helloRangeUpsideDown: ["hello", /not below max/],
  statusAlwaysOwned: ["status", /an owner with nobody/],
  statusNoLight: ["status", /light/],
  heartbeatWithoutNow: ["status", /now/],
  // words
  unknownAsBad: ["unknownMethod", /must be UNKNOWN_METHOD/],
  unknownSilent: ["unknownMethod", /'fly' was not answered/],
  focusAnyway: ["unknownMethod", /'focus' of a rig without/],
  anyVersion: ["version", /stedrig\/99.*accepted/],
  versionWithoutList: ["version", /details.supported/],
  retryableMissing: ["unknownMethod", /retryable/],
  // frames
  lightLeftOn: ["acquire", /still on/],
  seqJumps: ["acquire", /frameSeq goes from/],
  sameFrameId: ["acquire", /share a frameId/],
  wrongShape: ["acquire", /24x40 .h x w., the frame 40x24/],
  shortPixels: ["acquire", /wrong size/],
  bigEndianFloatNaN: ["acquire", /NaN/],
  onlyOneFrame: ["acquire", /1 frames came/],
  wrongKind: ["acquire", /its frame is confocal/],
  noDefaults: ["acquire", /leaves out what has a default/],
  clampedSettings: ["acquire", /settings say 2/],
  acquireStrict: ["acquire", /unknown key/],
  diesOnFirstScan: ["acquire", /was not answered/],
  bigEndian: ["pixelOrder", /little-endian/],
  bigEndianSmallCounts: ["pixelOrder", /little-endian/],
  columnMajor: ["pixelOrder", /axes mixed up|does not match/],
  windowFromCorner: ["pixelOrder", /not centred/],
  windowAxesSwapped: ["pixelOrder", /axes mixed up|does not match/],
  keepsOneFrame: ["frame", /back was refused: GONE/],
  frameNeverGone: ["frame", /a frame to come was accepted/],
  frameOtherPixels: ["frame", /pixels are not those/],
  frameByIdMissing: ["frame", /frameId.*was refused: GONE/],
  // region, parameters
  regionIdRepeats: ["region", /same region id/],
  statusOldRegion: ["region", /status says 'r0'/],
  anyRegion: ["badParams", /another region's id was accepted/],
  stringsAccepted: ["badParams", /a string as .* was accepted/],
  badWithoutPath: ["badParams", /must name the path/],
  missingAccepted: ["badParams", /a step without excitation.* was accepted/],
  refusesAfterExposing: ["badParams", /exposed the sample/],
  kindUnchecked: ["badParams", /an unknown kind was accepted/],
  clamps: ["ranges", /was accepted/],
  noMinimum: ["ranges", /was accepted/],
  ignoresLimits: ["ranges", /excitationPowerUw = 20.0.* was accepted/],
  windowUnchecked: ["ranges", /widthPx = 41.* was accepted/],
  outOfRangeAsBad: ["ranges", /must be OUT_OF_RANGE/],
  // expiry, idempotency
  neverExpires: ["expiry", /acquisition past its expiresAt was accepted/],
  expiredCarriedOut: ["expiry", /exposed the sample|BUSY/],
  heartbeatNeverExpires: ["expiry", /'heartbeat' past.* accepted/],
  repeatsExpose: ["idempotency", /must get the first answer/],
  repeatsBusy: ["idempotency", /must get the first answer/],
  repeatsExpire: ["idempotency", /got EXPIRED/],
  repeatsMove: ["idempotency", /moved a second time/],
  // ownership
  nobodyOwns: ["ownership", /'acquire' of a session that does not own.* accepted/],
  busyWithoutDetails: ["ownership", /details/],
  safeOwnedOnly: ["ownership", /'safe' was refused: BUSY/],
  abortOwnedOnly: ["ownership", /'abort' was refused: BUSY/],
  releaseKeeps: ["ownership", /owner after 'release'/],
  releaseGoesSafe: ["ownership", /must not go to safe/],
  releaseByAnyone: ["ownership", /'release' of a session.* accepted/],
  resumeByAnyone: ["ownership", /'resume' of a session.* accepted/],
  // safe
  safeKeepsAcquiring: ["safeState", /'acquire' in safe was accepted/],
  safeUnconfirmed: ["safeState", /not confirmed dark/],
  resumeDoesNothing: ["safeState", /from safe to idle/],
  safeStaysIdle: ["safeState", /the state is 'idle'/],
  // order
  unknownBeforeExpired: ["order", /must be EXPIRED/],
  badBeforeBusy: ["order", /must be BUSY/],
  rangeBeforeBad: ["order", /must be BAD_PARAMS/],
  // stopping
  abortIgnored: ["abort", /ran to its end|500 ms/],
  abortSlow: ["abort", /must be 500 ms|was not answered/],
  abortAsOk: ["abort", /ran to its end/],
  abortWithoutFrames: ["abort", /must bring the frames/],
  abortWithoutPixels: ["abort", /0 pixel parts/],
  abortWrongCause: ["abort", /cause is 'lease'/],
  abortGoesSafe: ["abort", /state is 'safe'/],
  abortAny: ["abort", /another id must leave/],
  abortLeavesLight: ["abort", /still on after abort/],
  safeWaitsForScan: ["safeDuring", /took .*500 ms|ran to its end|cause is 'lease'|not answered/],
  safeCauseAbort: ["safeDuring", /cause is 'abort'/],
  notConcurrent: ["concurrent", /500 ms|not answered|says 'safe'/],
  acquireQueues: ["concurrent", /second 'acquire'.* accepted|not answered/],
  stateIdleAlways: ["concurrent", /says 'idle'/],
  // lease
  noLease: ["lease", /is not safe/],
  leaseByAnyone: ["lease", /is not safe/],
  leaseTooShort: ["lease", /went safe 2..|went to safe/],
  leaseTooLong: ["lease", /is not safe/],
  leaseKeepsOwner: ["lease", /still an owner/],
  leaseKeepsLight: ["lease", /still on/],
  leaseOnlyHeartbeat: ["lease", /'status' alone/],
  leaseCauseAbort: ["lease", /cause is 'abort'/],
  leaseStaysIdle: ["lease", /is not safe/],
  // events
  seqPerTopic: ["events", /seq goes from/],
  seqGaps: ["events", /seq goes from/],
  noBeat: ["events", /beat/],
  fastBeat: ["events", /every 2.. ms/],
  noFrameEvents: ["events", /no event told/],
  eventOtherId: ["events", /no event told/],
  eventOtherPixels: ["events", /other pixels in its event/],
  noStateEvents: ["events", /no 'state' event/],
  noProgress: ["events", /no 'progress' event/],
  eventOtherStart: ["events", /another 'start'/],
  eventWithoutOrigin: ["events", /origin/],
  topicMismatch: ["events", /says topic 'news'/],
} as const;
export type Flaw = keyof typeof flaws;

// biome-ignore lint/suspicious/noExplicitAny: this server takes JSON as it comes, as a script would
type Json = any;
interface Taken {
  head: Json;
  bytes: Buffer;
}
class No extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details?: Json,
    readonly pixels: Buffer[] = [],
  ) {
    super(message);
  }
}
const [W, H] = [40, 24];
const specs = [
  { name: "depletionPowerMw", label: "", unit: "mW", min: 0, max: 100, scale: "linear" },
  { name: "excitationPowerUw", label: "", unit: "uW", min: 2, max: 30, scale: "linear" },
  { name: "dwellTimeUs", label: "", unit: "us", min: 1, max: 200, scale: "log", default: 10 },
  { name: "lineRepeats", label: "", unit: "1", min: 1, max: 4, integer: true, scale: "linear" },
];

export interface FlawedRig {
  readonly commands: string;
  close(): void;
}

export async function flawedRig(flaw: Flaw | null, leaseMs = 400): Promise<FlawedRig> {
  const is = (name: Flaw): boolean => flaw === name;
  const router = new Router({ linger: 0 });
  const pub = new Publisher({ linger: 0 });
  await router.bind("tcp://127.0.0.1:*");
  await pub.bind("tcp://127.0.0.1:*");
  const start = randomUUID();
  const seqs = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();
  const answers = new Map<string, Promise<Json>>();
  const frames: Taken[] = [];
  let [owner, ownerAt, safe, light, moves, frameSeq, helloCount] = [
    null as string | null,
    0,
    false,
    false,
    0,
    0,
    0,
  ];
  let region: Json = null;
  let dead = false;
  let job: { id: string; stop: string | null } | null = null;
  let jobDone: Promise<unknown> = Promise.resolve();
  let publishing: Promise<unknown> = Promise.resolve();

  const sleep = (ms: number): Promise<void> => new Promise((r) => timers.add(setTimeout(r, ms)));
  const lamps = (): Json[] =>
    is("statusNoLight")
      ? ["dark"]
      : [{ name: "laser", kind: "excitation", on: light, powerMw: light ? 1 : 0, confirmed: true }];
  const state = (): string =>
    is("stateIdleAlways") ? (safe ? "safe" : "idle") : safe ? "safe" : job !== null ? "acquiring" : "idle";
  const publish = (topic: string, body: object, ...pixels: Buffer[]): void => {
    const counter = is("seqPerTopic") ? topic : "";
    const seq = (seqs.get(counter) ?? 0) + (is("seqGaps") && topic === "state" ? 2 : 1);
    seqs.set(counter, seq);
    const head = {
      seq,
      start: is("eventOtherStart") ? "x" : start,
      topic: is("topicMismatch") ? "news" : topic,
      at: new Date().toISOString(),
    };
    publishing = publishing
      .then(() => pub.send([topic, JSON.stringify({ ...head, ...body }), ...pixels]))
      .catch(() => undefined);
  };
  const changed = (): void => {
    if (!is("noStateEvents")) publish("state", { state: state(), owner, light: lamps() });
  };
  const toSafe = (): void => {
    if (!is("safeStaysIdle")) safe = true;
    light = false;
    changed();
  };
  const lapse = (): void => {
    const limit = leaseMs * (is("leaseTooShort") ? 0.6 : is("leaseTooLong") ? 4 : 1);
    if (is("noLease") || owner === null || Date.now() - ownerAt <= limit) return;
    if (!is("leaseKeepsOwner")) owner = null;
    const wasLit = light;
    if (job !== null && !(is("leaseKeepsLight") && wasLit))
      job.stop ??= is("leaseCauseAbort") ? "abort" : "lease";
    if (is("leaseStaysIdle")) {
      light = false;
      changed();
      return;
    }
    toSafe();
    if (is("leaseKeepsLight")) light = wasLit;
  };

  function check(params: Json): void {
    if (!Array.isArray(params.steps))
      throw new No("BAD_PARAMS", is("badWithoutPath") ? "wrong" : "steps: a list is needed");
    const badPath = (path: string): No =>
      new No("BAD_PARAMS", is("badWithoutPath") ? "wrong" : `${path}: wrong`);
    let range: No | null = null;
    for (const [i, step] of params.steps.entries()) {
      if (!["confocal", "sted"].includes(step.kind) && !is("kindUnchecked")) throw badPath(`steps.${i}.kind`);
      for (const spec of specs) {
        const at = `steps.${i}.settings.${spec.name}`;
        let value = step.settings?.[spec.name];
        const free = "default" in spec || spec.name === "lineRepeats" || spec.name === "depletionPowerMw";
        if (value === undefined && ((free && !is("noDefaults")) || is("missingAccepted"))) continue;
        if (spec.name === "depletionPowerMw" && step.kind === "confocal" && typeof value === "number")
          continue;
        if (is("stringsAccepted") && typeof value === "string") value = Number(value);
        if (typeof value !== "number") throw badPath(at);
        const max = spec.name === "excitationPowerUw" && !is("ignoresLimits") ? 20 : spec.max;
        const outside = (value < spec.min && !is("noMinimum")) || value > max;
        if (outside && is("clamps")) step.settings[spec.name] = max;
        else if (outside) range ??= new No(is("outOfRangeAsBad") ? "BAD_PARAMS" : "OUT_OF_RANGE", at);
        if (range !== null && is("rangeBeforeBad")) throw range;
      }
    }
    if (params.region !== undefined && params.region !== region?.id && !is("anyRegion"))
      throw badPath("region");
    for (const [name, whole] of [
      ["widthPx", W],
      ["heightPx", H],
    ] as const) {
      const value = params[name] ?? whole;
      if (!Number.isInteger(value)) throw badPath(name);
      if ((value < 1 || value > whole) && !is("windowUnchecked")) range ??= new No("OUT_OF_RANGE", name);
      if (is("windowUnchecked")) params[name] = Math.min(whole, Math.max(1, value));
    }
    if (range !== null) throw range;
  }

  function picture(w: number, h: number, float: boolean): Buffer {
    const bytes = Buffer.alloc(w * h * (float ? 4 : 2));
    const [top, left] = is("windowFromCorner") ? [0, 0] : [(H - h) >> 1, (W - w) >> 1];
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const [py, px] = is("windowAxesSwapped") && h < H ? [x, y] : [y + top, x + left];
        // Photon-like: structure of the place plus noise of the moment.
        const value = Math.round(
          400 +
            300 * Math.sin(py * 0.7 + moves) * Math.cos(px * 0.4) +
            20 * Math.sin(frameSeq * 7 + px * 13 + py * 31),
        );
        const at = is("columnMajor") ? x * h + y : y * w + x;
        if (float) bytes.writeFloatLE(is("bigEndianFloatNaN") ? Number.NaN : value, at * 4);
        else if (is("bigEndian")) bytes.writeUInt16BE(value, at * 2);
        else if (is("bigEndianSmallCounts")) bytes.writeUInt16BE(value >> 3, at * 2);
        else bytes.writeUInt16LE(value, at * 2);
      }
    }
    return bytes;
  }

  async function acquire(id: string, params: Json): Promise<Json> {
    const mine = { id, stop: null as string | null };
    job = mine;
    changed();
    const taken: Taken[] = [];
    const [w, h] = [params.widthPx ?? W, params.heightPx ?? H];
    try {
      for (const [i, step] of params.steps.entries()) {
        light = true;
        changed();
        const scan = w * h > 500 ? 40 : 3;
        const until = Date.now() + scan;
        while (Date.now() < until) {
          if (mine.stop !== null && !(is("abortIgnored") && mine.stop === "abort")) {
            if (is("abortSlow") && mine.stop === "abort") await sleep(1200);
            if (is("abortAsOk") && mine.stop === "abort")
              return {
                result: { frames: taken.map((t) => t.head), durationMs: 1 },
                pixels: taken.map((t) => t.bytes),
              };
            const cause = is("abortWrongCause") ? "lease" : is("safeCauseAbort") ? "abort" : mine.stop;
            const heads = is("abortWithoutFrames") ? [] : taken.map((t, part) => ({ ...t.head, part }));
            const pixels =
              is("abortWithoutFrames") || is("abortWithoutPixels") ? [] : taken.map((t) => t.bytes);
            throw new No("ABORTED", mine.stop, { cause, frames: heads }, pixels);
          }
          await sleep(1);
          if (!is("noProgress")) publish("progress", { request: id, step: i, line: 1, lines: h });
        }
        if (!is("leaseKeepsLight")) light = is("lightLeftOn") && i === params.steps.length - 1;
        frameSeq += is("seqJumps") ? 2 : 1;
        const float = is("bigEndianFloatNaN");
        const bytes = picture(w, h, float);
        const settings = { depletionPowerMw: 0, lineRepeats: 1, dwellTimeUs: 10, ...step.settings };
        if (is("clampedSettings")) settings.excitationPowerUw = 2;
        const head = {
          part: i,
          frameId: is("sameFrameId") ? "the-frame" : randomUUID(),
          dtype: float ? "float32" : "uint16",
          shape: is("wrongShape") ? [w, h] : [h, w],
          pixelSizeNm: 25,
          kind: is("wrongKind") ? "confocal" : step.kind,
          settings,
          actual: settings,
          region: region.id,
          frameSeq,
          acquiredAt: new Date().toISOString(),
          saturated: 0,
        };
        const sent = is("shortPixels") ? bytes.subarray(2) : bytes;
        taken.push({ head, bytes: sent });
        frames.push({ head, bytes: sent });
        if (frames.length > (is("keepsOneFrame") ? 1 : 64)) frames.shift();
        const origin = is("eventWithoutOrigin") ? {} : { origin: "request", request: id };
        const event = {
          ...head,
          part: 0,
          ...origin,
          ...(is("eventOtherId") ? { frameId: randomUUID() } : {}),
        };
        const shown = is("eventOtherPixels") ? Buffer.alloc(bytes.length) : sent;
        if (!is("noFrameEvents")) publish(`frame.${step.kind}`, event, shown);
        if (is("onlyOneFrame")) break;
      }
      return {
        result: { frames: taken.map((t) => t.head), durationMs: 5 },
        pixels: taken.map((t) => t.bytes),
      };
    } finally {
      if (
        !is("lightLeftOn") &&
        !(is("abortLeavesLight") && mine.stop === "abort") &&
        !(is("leaseKeepsLight") && mine.stop === null && safe)
      )
        light = false;
      job = null;
      changed();
    }
  }

  async function carryOut(method: string, params: Json, id: string, session: string): Promise<Json> {
    const needsOwner = ["acquire", "region", "focus", "resume", "release"].includes(method);
    const others = owner !== null && owner !== session && !is("nobodyOwns");
    const spared =
      (is("releaseByAnyone") && method === "release") || (is("resumeByAnyone") && method === "resume");
    const guarded =
      (is("safeOwnedOnly") && method === "safe") || (is("abortOwnedOnly") && method === "abort");
    if (method === "acquire" && is("badBeforeBusy")) check(params);
    if (others && ((needsOwner && !spared) || guarded)) {
      throw new No(
        "BUSY",
        "owned",
        is("busyWithoutDetails")
          ? undefined
          : { owner, leaseLeftMs: Math.max(1, leaseMs - (Date.now() - ownerAt)) },
      );
    }
    if (safe && method === "acquire" && !is("safeKeepsAcquiring")) throw new No("SAFE_STATE", "safe");
    if (method === "acquire" && job !== null) {
      if (!is("acquireQueues")) throw new No("BUSY", "acquiring", { owner, leaseLeftMs: 1 });
      await jobDone;
    }
    const claim = (): void => {
      if (owner !== session) changed();
      owner = session;
      ownerAt = Date.now();
    };
    switch (method) {
      case "hello": {
        helloCount++;
        if (is("helloStrict") && Object.keys(params).length > 2) throw new No("BAD_PARAMS", "unknown key");
        const parameters = is("helloRangeUpsideDown")
          ? specs.map((s) => ({ ...s, min: s.max, max: s.min }))
          : specs;
        return {
          result: {
            rig: { name: "second", vendor: "v", model: "m", serial: "s" },
            server: { name: "second", version: "9" },
            protocol: "stedrig/1",
            start: is("helloStartChanges") ? `${start}${helloCount}` : start,
            session,
            now: is("nowInSeconds") ? Math.round(Date.now() / 1000) : Date.now(),
            ...(is("helloNoLease") ? {} : { leaseMs }),
            events: pub.lastEndpoint?.replace("127.0.0.1", "*"),
            capabilities: {
              kinds: ["confocal", "sted"],
              parameters,
              limits: { excitationPowerUw: { max: 20 } },
              channels: [],
              regions: "next",
              focus: false,
              progress: true,
              observe: false,
              concurrent: true,
            },
          },
        };
      }
      case "heartbeat":
        return {
          result: { state: state(), leaseMs, ...(is("heartbeatWithoutNow") ? {} : { now: Date.now() }) },
        };
      case "status": {
        const named = is("statusAlwaysOwned") ? "somebody" : owner;
        return {
          result: {
            state: state(),
            ...(named === null ? {} : { owner: named }),
            light: lamps(),
            faults: [],
            region: is("statusOldRegion") && region !== null ? { ...region, id: "r0" } : region,
          },
        };
      }
      case "region": {
        if (params.move !== "next") throw new No("BAD_PARAMS", "move: only next");
        claim();
        moves++;
        region = {
          id: is("regionIdRepeats") ? "r" : `r${moves}`,
          xUm: moves,
          yUm: 0,
          widthPx: W,
          heightPx: H,
          pixelSizeNm: 25,
        };
        return { result: { region } };
      }
      case "acquire": {
        if (is("refusesAfterExposing")) {
          try {
            check(params);
          } catch (error) {
            frameSeq++;
            throw error;
          }
        }
        if (is("acquireStrict") && "colour" in params) throw new No("BAD_PARAMS", "unknown key");
        if (is("diesOnFirstScan")) {
          dead = true;
          return new Promise(() => undefined);
        }
        check(params);
        claim();
        const done = acquire(id, params);
        jobDone = done.catch(() => undefined);
        return done;
      }
      case "frame": {
        if (params.frameSeq === undefined && params.frameId === undefined)
          throw new No("BAD_PARAMS", "frameSeq");
        const found = frames.find(
          (f) =>
            f.head.frameSeq === params.frameSeq ||
            (f.head.frameId === params.frameId && !is("frameByIdMissing")),
        );
        const given = found ?? (is("frameNeverGone") ? frames.at(-1) : undefined);
        if (given === undefined) throw new No("GONE", "gone");
        const bytes = is("frameOtherPixels") ? Buffer.alloc(given.bytes.length) : given.bytes;
        return { result: { frames: [{ ...given.head, part: 0 }] }, pixels: [bytes] };
      }
      case "abort": {
        const running = job;
        if (running === null || (params.id !== undefined && params.id !== running.id && !is("abortAny")))
          return { result: { aborted: [] } };
        running.stop = "abort";
        if (is("abortGoesSafe")) toSafe();
        if (!is("abortIgnored")) await jobDone;
        return { result: { aborted: [running.id] } };
      }
      case "release":
        if (!is("releaseKeeps")) owner = null;
        if (is("releaseGoesSafe")) toSafe();
        changed();
        return { result: {} };
      case "safe":
        if (job !== null && !is("safeWaitsForScan")) (job as { stop: string | null }).stop = "safe";
        await jobDone;
        toSafe();
        return {
          result: { light: lamps().map((l) => (is("safeUnconfirmed") ? { ...l, confirmed: false } : l)) },
        };
      case "resume":
        if (safe && !is("resumeDoesNothing")) {
          safe = false;
          claim();
        }
        changed();
        return { result: {} };
      case "focus":
        if (is("focusAnyway")) return { result: { zUm: 0, score: 0 } };
    }
    if (is("unknownSilent")) return new Promise(() => undefined);
    throw new No(is("unknownAsBad") ? "BAD_PARAMS" : "UNKNOWN_METHOD", `no ${method}`);
  }

  const methods = [
    "hello",
    "heartbeat",
    "status",
    "region",
    "acquire",
    "frame",
    "abort",
    "release",
    "safe",
    "resume",
  ];
  function respond(word: string, header: Json): Promise<Json> {
    const { id, method, params, expiresAt, session } = header;
    if (word !== "stedrig/1" && !is("anyVersion")) {
      throw new No(
        "UNSUPPORTED_VERSION",
        "version",
        is("versionWithoutList") ? {} : { supported: ["stedrig/1"] },
      );
    }
    lapse();
    const late = expiresAt < Date.now() && (method !== "hello" || is("helloExpires"));
    const known = answers.get(id);
    if (late && is("repeatsExpire")) throw new No("EXPIRED", "late");
    if (known !== undefined && is("repeatsBusy") && job?.id === id)
      throw new No("BUSY", "busy", { owner, leaseLeftMs: 1 });
    const again = is("repeatsExpose") && method === "acquire" && job === null;
    if (known !== undefined && !again && !(is("repeatsMove") && method === "region")) return known;
    if (is("unknownBeforeExpired") && !methods.includes(method)) throw new No("UNKNOWN_METHOD", "unknown");
    const tolerated = is("neverExpires") || (is("heartbeatNeverExpires") && method === "heartbeat");
    if (late && !tolerated) {
      if (is("expiredCarriedOut")) void carryOut(method, params, id, session).catch(() => undefined);
      throw new No("EXPIRED", "late");
    }
    const renews =
      !is("leaseOnlyHeartbeat") || method === "heartbeat" || method === "acquire" || method === "region";
    if (owner !== null && (session === owner || is("leaseByAnyone")) && renews) ownerAt = Date.now();
    const answer = carryOut(method, params ?? {}, id, session);
    answers.set(id, answer);
    answer.catch((error: No) => {
      if (error.code !== "ABORTED") answers.delete(id);
    });
    return answer;
  }

  let sending: Promise<unknown> = Promise.resolve();
  void (async () => {
    for await (const [to, word, text] of router) {
      if (dead) continue;
      const header = JSON.parse(String(text));
      const handle = async (): Promise<void> => {
        let reply: Json;
        let pixels: Buffer[] = [];
        try {
          const done = await respond(String(word), header);
          reply = { id: header.id, ok: true, result: done.result };
          pixels = done.pixels ?? [];
        } catch (thrown) {
          const { code, message, details, pixels: parts } = thrown as No;
          const retryable = is("retryableMissing") ? {} : { retryable: code === "BUSY" };
          reply = {
            id: header.id,
            ok: false,
            error: {
              code: code ?? "INTERNAL",
              message,
              ...retryable,
              ...(details === undefined ? {} : { details }),
            },
          };
          pixels = parts ?? [];
        }
        sending = sending
          .then(() => router.send([to as Buffer, "stedrig/1", JSON.stringify(reply), ...pixels]))
          .catch(() => undefined);
      };
      if (is("notConcurrent") && job !== null) await jobDone;
      void handle();
    }
  })().catch(() => undefined);
  const beat = setInterval(
    () => !is("noBeat") && publish("beat", { state: state() }),
    is("fastBeat") ? 200 : 1000,
  );
  const watch = setInterval(lapse, 20);

  return {
    commands: router.lastEndpoint ?? "",
    close: () => {
      clearInterval(beat);
      clearInterval(watch);
      for (const timer of timers) clearTimeout(timer);
      router.close();
      pub.close();
    },
  };
}
