import type { LightCrumbs } from "../context.js";
import type { Source } from "./source.js";

/** What a daemon that ended without putting the light out had ordered, and what was found. */
export interface Adoption {
  readonly at: string;
  /** One line a source, in words. */
  readonly lines: readonly string[];
}

/** Compares the last orders with what the devices said before they were darkened. Null where nothing was left open. */
export function compare(crumbs: LightCrumbs | null, sources: readonly Source[]): Adoption | null {
  if (crumbs === null || !crumbs.open) return null;
  const lines = sources.map((source) => {
    const crumb = crumbs.sources.find((c) => c.name === source.name);
    const found = source.foundAs;
    const was = crumb === undefined ? "not in use" : `${words(crumb.setPointMw)}, ${crumb.on ? "on" : "off"}`;
    const is =
      found === null
        ? "not there: counts as on"
        : `${words(found.setPointMw)}, ${found.on === null ? "does not say" : found.on ? "ON" : "off"}`;
    const now = source.light?.view();
    const dark = now !== undefined && !now.on && now.confirmed ? "dark now" : "NOT CONFIRMED DARK";
    return `${source.name}: last order ${was}; found ${is}; ${dark}`;
  });
  return { at: crumbs.at, lines };
}

function words(setPointMw: number | null): string {
  return setPointMw === null ? "no set-point" : `${Number(setPointMw.toPrecision(4))} mW`;
}
