/** The same value with the properties of every plain object in order of their names. Copies only what is out of order. */
export function sortedProperties(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (hasToJson(value)) return sortedProperties(value.toJSON());
  if (Array.isArray(value)) return value.map(sortedProperties);
  const entries = Object.entries(value).map(([name, inner]) => [name, sortedProperties(inner)] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}
