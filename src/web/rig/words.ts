import type { ParameterSpec, Settings } from "../../core/settings.js";
import { settingsText } from "../format.js";
import type { AuditLine, RigEvent } from "./rig.js";

type Data = Readonly<Record<string, unknown>>;
const text = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
const short = (words: string): string => (words.length > 200 ? `${words.slice(0, 199)}…` : words);

/** What an event of the journal says in plain words; one that is not known here is shown as it is. */
const eventWords: Readonly<Record<string, (data: Data, parameters: readonly ParameterSpec[]) => string>> = {
  approve: () => "proposal approved",
  reject: () => "proposal rejected",
  edit: (d, p) => `proposal edited: ${settingsText((d.settings ?? {}) as Settings, p) || text(d.settings)}`,
  choose: (d) => `another trade-off taken (number ${Number(d.option) + 1})`,
  mode: (d) => `mode ${text(d.mode)}`,
  pause: () => "paused",
  resume: () => "went on",
  skip: () => "region skipped",
  repeat: (d) => `step ${text(d.step)} asked for again`,
  stop: () => "run ends after its step",
  abort: () => "run ended",
  panic: (d) => `E-stop: ${text(d.reason)}`,
  maintenance: (d) =>
    d.ended === true ? "maintenance ended" : `maintenance until ${text(d.until)}: ${text(d.reason)}`,
  fault: (d) => `${text(d.source)}: ${text(d.message)} (${text(d.code)})`,
  adopted: (d) =>
    `light found after another daemon: ${Array.isArray(d.lines) ? d.lines.join("; ") : text(d)}`,
  annotation: (d) =>
    `note: ${text(d.note)}${Array.isArray(d.tags) && d.tags.length > 0 ? ` [${d.tags.join(", ")}]` : ""}`,
};

export function eventText(event: RigEvent, parameters: readonly ParameterSpec[]): string {
  const { kind, step } = event;
  const data = (event.data ?? {}) as Data;
  const words = eventWords[kind]?.(data, parameters) ?? `${kind} ${text(event.data ?? "")}`;
  const by = typeof data.by === "string" ? `, by ${data.by}` : "";
  return short(`${step === null ? "" : `step ${step}: `}${words}${by}`);
}

/** Path of a command, first match holds, and what it does. */
const acts: readonly (readonly [RegExp, string])[] = [
  [/^panic$/, "pressed the E-stop"],
  [/^proposal\/approve$/, "approved a proposal"],
  [/^proposal\/reject$/, "rejected a proposal"],
  [/^proposal\/edit$/, "edited a proposal"],
  [/^proposal\/choose$/, "took another trade-off"],
  [/^mode$/, "changed the mode"],
  [/^pause$/, "paused"],
  [/^resume$/, "went on"],
  [/^skip$/, "skipped a region"],
  [/^repeat$/, "asked for a step again"],
  [/^stop$/, "ended the run after its step"],
  [/^abort$/, "ended the run"],
  [/^maintenance\/begin$/, "began maintenance"],
  [/^maintenance\/end$/, "ended maintenance"],
  [/^control\/take$/, "took control"],
  [/^control\/release$/, "gave control back"],
  [/^ratings$/, "made a set to rate"],
  [/^ratings\/([^/]+)\/judge$/, "judged a frame of $1"],
  [/^ratings\/([^/]+)\/undo$/, "took a rating of $1 back"],
  [/^training$/, "started a training"],
  [/^training\/cancel$/, "cancelled the training"],
  [/^training\/evaluate$/, "evaluated a network"],
  [/^models\/deploy$/, "deployed a network"],
  [/^models\/rollback$/, "rolled a deployment back"],
  [/^studies\/([^/]+)\/invite$/, "invited testers to $1"],
  [/^studies\/([^/]+)\/revoke$/, "ended links of $1"],
  [/^runs\/([^/]+)\/note$/, "wrote a note on run $1"],
  [/^runs\/([^/]+)\/replay$/, "checked run $1 by replay"],
  [/^doctor$/, "asked the doctor"],
];

export function actText({ who, role, act, status }: AuditLine): string {
  const found = acts.find(([path]) => path.test(act));
  const words = found === undefined ? act : act.replace(found[0], found[1]);
  return `${who} (${role}) ${words}${status >= 400 ? `: refused (${status})` : ""}`;
}
