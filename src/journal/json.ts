const mark = "$number";

/**
 * JSON that gives back every number exactly, also the four that plain JSON loses (NaN, both infinities, -0): a
 * resumed optimiser must go on from the very state that was written. Values are plain data: no typed arrays.
 */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "number" && (!Number.isFinite(item) || Object.is(item, -0))
      ? { [mark]: Object.is(item, -0) ? "-0" : String(item) }
      : item,
  );
}

export function decodeJson<T>(text: string): T {
  if (!text.includes(mark)) return JSON.parse(text) as T;
  return JSON.parse(text, (_key, item: unknown) => {
    if (typeof item !== "object" || item === null || !Object.hasOwn(item, mark)) return item;
    const { [mark]: said } = item as Record<string, unknown>;
    return typeof said === "string" && Object.keys(item).length === 1 ? Number(said) : item;
  }) as T;
}
