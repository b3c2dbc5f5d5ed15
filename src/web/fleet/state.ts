import { signal } from "@preact/signals";
import type { FleetState } from "../../core/fleet.js";
import { ApiError, getJson, lineOf, setToken } from "../api.js";
import { after } from "../time.js";

/** What the server last said; null before it said anything. */
export const fleet = signal<FleetState | null>(null);
/** Why what is shown may be old; null while the server answers. */
export const trouble = signal<string | null>(null);
/** The server asks who looks. */
export const locked = signal(false);

const everyMs = 1000;

/** Asks once a second, for as long as the page is open. */
export function follow(): void {
  void look();
}

export function enter(token: string): void {
  setToken(token);
  locked.value = false;
  void look();
}

async function look(): Promise<void> {
  try {
    fleet.value = await getJson<FleetState>("/fleet");
    trouble.value = null;
  } catch (thrown) {
    if (thrown instanceof ApiError && (thrown.status === 401 || thrown.status === 403)) {
      locked.value = true;
      return;
    }
    trouble.value = lineOf(thrown);
  }
  after(everyMs, () => void look());
}
