/** What makes one document of another by JSON merge patch (RFC 7396): what is gone is null. Pure. */

type JsonObject = Record<string, unknown>;

export function mergePatch(before: unknown, after: JsonObject): JsonObject {
  const last = isObject(before) ? before : {};
  const gone = Object.keys(last).filter((name) => !(name in after));
  const kept = Object.entries(after).map(([name, value]) => [
    name,
    isObject(value) ? mergePatch(last[name], value) : value,
  ]);
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...Object.fromEntries(kept) };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
