/** The eight RF channels of the AOTF driver and its blanking, as state and as physics. */
import type { DeviceContext } from "../sim/device.js";

export interface Channel {
  mhz: number;
  dbm: number;
  on: boolean;
  internal: boolean;
}
const minMhz = 74;
const maxMhz = 158;
const maxDbm = 22;
export const maxRaw = 1023;
const count = 8;

function fresh(): Channel[] {
  return Array.from({ length: count }, (_, i) => ({ mhz: 80 + 8 * i, dbm: 0, on: false, internal: true }));
}

export class Channels {
  list: Channel[] = fresh();
  blanking = { on: true, internal: true };
  private stored: Channel[] = fresh();
  private commanded: boolean[] = Array.from({ length: count + 1 }, () => false);
  private ignoredOff: boolean[] = [];

  constructor(private readonly context: DeviceContext) {}

  /** @param n 1 … 8 */
  channel(n: number): Channel {
    return this.list[n - 1] as Channel;
  }
  /** RF reaches the crystal: the line passes light. @param n 1 … 8 */
  lit(n: number): boolean {
    const c = this.channel(n);
    const driven = this.is("external-high");
    // The pin counts while blanking is external; the box's own blanking takes its place (`L0I1O1`).
    const pin = driven && !this.is("blanking-open");
    const open = this.blanking.internal ? this.blanking.on : pin;
    return c.on && (c.internal || driven) && open && c.dbm > 0;
  }
  rfMw(n: number): number {
    return this.lit(n) ? 10 ** (this.channel(n).dbm / 10) : 0;
  }

  setFrequency(n: number, mhz: number): void {
    if (n > 0 && mhz >= minMhz && mhz <= maxMhz) this.channel(n).mhz = mhz;
  }
  setDbm(n: number, dbm: number): void {
    if (n === 0 || !Number.isFinite(dbm) || this.is("set-ignored")) return;
    this.channel(n).dbm = Math.min(maxDbm, Math.max(0, dbm));
  }
  setRaw(n: number, raw: number): void {
    if (Number.isFinite(raw)) this.setDbm(n, (Math.min(maxRaw, Math.max(0, raw)) / maxRaw) * maxDbm);
  }
  raw(n: number): number {
    return (this.channel(n).dbm / maxDbm) * maxRaw;
  }

  switch(n: number, on: boolean): void {
    this.commanded[n] = on;
    if (n === 0) {
      this.blanking.on = on;
      return;
    }
    const c = this.channel(n);
    if (on) this.ignoredOff[n] = false;
    else if (c.on && this.is("stuck-on")) return;
    else if (c.on && this.is("off-ignored") && !this.ignoredOff[n]) {
      this.ignoredOff[n] = true;
      return;
    }
    c.on = on;
  }

  setInternal(n: number, internal: boolean): void {
    if (n === 0) this.blanking.internal = internal;
    else this.channel(n).internal = internal;
  }
  allInternal(internal: boolean): void {
    for (let n = 0; n <= count; n++) this.setInternal(n, internal);
  }
  store(): void {
    this.stored = this.list.map((c) => ({ ...c }));
  }

  /** `M` and mains: what was stored, driven from outside. */
  reset(): void {
    this.list = this.stored.map((c) => ({ ...c }));
    this.blanking = { on: true, internal: true };
    this.commanded = this.list.map((c) => c.on);
    this.commanded.unshift(true);
    this.allInternal(false);
  }

  changed(fault: string, active: boolean): void {
    if (fault === "blanking-open" && active) this.blanking.internal = false;
    // Whatever hung lets go: what was commanded meanwhile holds.
    if (fault === "stuck-on" && !active) {
      for (let n = 1; n <= count; n++) this.channel(n).on &&= this.commanded[n] ?? false;
    }
  }

  /** Answer to the fast form. @param n 0 … 8 */
  line(n: number): string {
    const bit = (set: boolean): string => (set ? "1" : "0");
    if (n === 0) return `BS${bit(this.blanking.on)}I${bit(this.blanking.internal)}`;
    const c = this.channel(n);
    const on = this.is("status-lies") ? (this.commanded[n] ?? false) : c.on;
    return `l${n}F${c.mhz.toFixed(3)}P${c.dbm.toFixed(1)}S${bit(on)}`;
  }

  private is(fault: string): boolean {
    return this.context.faults.active(fault);
  }
}
