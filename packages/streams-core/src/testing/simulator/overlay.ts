/** `original` with some members replaced; all others reach it as they are. */
export function overlay<T extends object>(original: T, replaced: Partial<T>): T {
  const bound = new Map<PropertyKey, unknown>();
  return new Proxy(original, {
    get: (_, name) => {
      if (name in replaced) return replaced[name as keyof T];
      const known = bound.get(name);
      if (known !== undefined) return known;
      const member: unknown = Reflect.get(original, name, original);
      if (typeof member !== "function") return member;
      const method: unknown = member.bind(original);
      bound.set(name, method);
      return method;
    },
  });
}
