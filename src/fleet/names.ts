import { createHash } from "node:crypto";
import { stableHash } from "../config/index.js";
import { frameHash, type Image, InputError } from "../core/index.js";
import type { Bundle } from "../scoring/index.js";

/** Names on the NATS server: streams, subjects, consumers, and the identities that they are made of. */
export const streams = {
  /** Frames that wait for a score; each goes to one worker and leaves when that one has confirmed. */
  work: "STEDLOOP_WORK",
  /** One result a frame and network, the first that came. */
  results: "STEDLOOP_RESULTS",
  /** Frames that could not be scored, with the reason. */
  dead: "STEDLOOP_DEAD",
  events: "STEDLOOP_EVENTS",
  observations: "STEDLOOP_OBSERVATIONS",
} as const;

export const subjects = {
  work: (model: string, rig: string): string => `stedloop.work.${model}.${rig}`,
  result: (model: string, work: string): string => `stedloop.result.${model}.${work}`,
  /** Where the server repeats a result once it is stored. */
  done: (model: string, work: string): string => `stedloop.done.${model}.${work}`,
  dead: (model: string): string => `stedloop.dead.${model}`,
  event: (rig: string): string => `stedloop.event.${rig}`,
  observation: (rig: string, run: string): string => `stedloop.observation.${rig}.${run}`,
  /** Not kept: signs of life. */
  rigBeat: (rig: string): string => `stedloop.beat.rig.${rig}`,
  workerBeat: (worker: string): string => `stedloop.beat.worker.${worker}`,
} as const;

/** Workers of one network share this consumer. */
export const consumerOf = (model: string): string => `score-${model}`;

/** A signs-of-life message every so often; unheard for longer than `staleMs` means stale. */
export const beatMs = 2000;
export const staleMs = 10_000;

/** Rigs and workers: part of a subject, so neither dots nor spaces. */
export const namePattern = /^[A-Za-z0-9_-]{1,64}$/;

/** @throws InputError BAD_NAME */
export function checkName(name: string): string {
  if (namePattern.test(name)) return name;
  throw new InputError("BAD_NAME", `'${name}' is no name for a rig or worker`, {
    hint: "letters, digits, - and _, at most 64",
  });
}

/**
 * Identity of a network in the fleet: 16 hex digits over its whole card, which names the weights' hashes. Equal keys give
 * equal scores whoever computes.
 */
export function modelKey(bundle: Pick<Bundle, "card">): string {
  return stableHash(bundle.card).slice(0, 16);
}

/** Identity of a piece of work: these pixels, of this size, for this network. The same frame twice is one piece. */
export function workId(model: string, image: Image): string {
  return workIdOf(model, image.pixelSizeNm, frameHash(image.pixels, image.shape));
}

/** @param hash SHA-256 of the frame (core's frameHash) */
export function workIdOf(model: string, pixelSizeNm: number, hash: string): string {
  return createHash("sha256").update(`${model}:${pixelSizeNm}:${hash}`).digest("hex");
}
