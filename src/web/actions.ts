import { signal } from "@preact/signals";
import type { LightState } from "../../drivers/contract.js";
import type { Settings } from "../core/settings.js";
import type { Mode } from "../loop/contract.js";
import { ApiError, lineOf, post } from "./api.js";
import { previewed } from "./preview.js";
import { session } from "./store.js";
import { after } from "./time.js";

/** What an operator may do, by buttons and keys alike. */
export const busy = signal<string | null>(null);
/** Why the last command was refused; null when it went through. `held`: somebody else steers. */
export const refusal = signal<{ readonly line: string; readonly held: boolean } | null>(null);
export const editing = signal(false);

async function command(name: string, path: string, body?: object): Promise<boolean> {
  busy.value = name;
  refusal.value = null;
  try {
    await post(path, body);
    return true;
  } catch (thrown) {
    const held = thrown instanceof ApiError && thrown.code === "CONTROL_HELD";
    refusal.value = { line: `${name}: ${lineOf(thrown)}`, held };
    return false;
  } finally {
    busy.value = null;
  }
}

const proposal = (): { proposal: string } | undefined => {
  const id = session.value?.proposal?.id;
  return id === undefined ? undefined : { proposal: id };
};

/** Takes what is on the screen: the proposal, or the trade-off that is being looked at. */
export const approveShown = (): Promise<boolean> =>
  previewed.value === null
    ? command("Approve", "/proposal/approve", proposal())
    : command("Take it", "/proposal/choose", { ...proposal(), option: previewed.value });
export const reject = (): Promise<boolean> => command("Reject", "/proposal/reject", proposal());
export async function useEdited(settings: Settings): Promise<void> {
  if (await command("Edit", "/proposal/edit", { ...proposal(), settings })) editing.value = false;
}
export const setMode = (mode: Mode): Promise<boolean> => command("Mode", "/mode", { mode });
export const pause = (): Promise<boolean> => command("Pause", "/pause");
export const resume = (): Promise<boolean> => command("Resume", "/resume");
export const skip = (): Promise<boolean> => command("Skip", "/skip");
export const repeat = (): Promise<boolean> => command("Repeat", "/repeat");
export const stop = (): Promise<boolean> => command("Stop", "/stop");

export const takeControl = (): Promise<boolean> => command("Take over", "/control/take");

/** null: not pressed; sent: on its way; dark: the rig confirmed; else why it is not confirmed. */
export type EStop = null | "sent" | "dark" | { readonly failed: string };
export const eStop = signal<EStop>(null);
const retryMs = 500;
let pressing = 0;

/** The E-stop: asks nobody, waits for nothing, and is sent again until the rig has confirmed the dark. */
export function pressEStop(): void {
  const press = ++pressing;
  eStop.value = "sent";
  const send = async (): Promise<void> => {
    try {
      const { light } = await post<{ light: readonly LightState[] }>("/panic", { reason: "E-stop pressed" });
      const lit = light.filter((l) => l.on || !l.confirmed);
      if (press === pressing) {
        eStop.value =
          lit.length === 0 ? "dark" : { failed: `${lit.map((l) => l.name).join(", ")} not confirmed dark` };
      }
    } catch (thrown) {
      if (press !== pressing) return;
      eStop.value = { failed: lineOf(thrown) };
      after(retryMs, () => {
        if (press === pressing) void send();
      });
    }
  };
  void send();
}

/** A re-armed rig has no E-stop to speak of. */
export function forgetEStop(): void {
  if (eStop.value === "dark") eStop.value = null;
}
