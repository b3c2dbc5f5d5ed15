/** The browser's clock and timers: the one file of the page that may touch them. */
export function now(): number {
  return performance.now();
}

/** @returns cancels */
export function after(ms: number, callback: () => void): () => void {
  const handle = setTimeout(callback, ms);
  return () => clearTimeout(handle);
}

/** @returns cancels */
export function every(ms: number, callback: () => void): () => void {
  const handle = setInterval(callback, ms);
  return () => clearInterval(handle);
}

/** Before the next picture that the browser draws; a hidden page draws none, so there it is soon. */
export function nextFrame(callback: () => void): void {
  if (document.visibilityState === "visible") requestAnimationFrame(callback);
  else setTimeout(callback, 250);
}

/** "5 Jan 2026, 14:03" of an RFC 3339 time, in the viewer's zone. */
export function dateTime(at: string): string {
  return new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/** Milliseconds from now until an RFC 3339 time; below zero when it is past. */
export function untilMs(at: string): number {
  return new Date(at).getTime() - Date.now();
}

/** "14:03:27" of an RFC 3339 time, in the viewer's zone. */
export function clockTime(at: string): string {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}
