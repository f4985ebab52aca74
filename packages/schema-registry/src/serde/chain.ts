/** A value, or the promise of one: a registry in this process answers at once, any other later. */
export type Now<T> = T | Promise<T>;

/** Goes on with a value as soon as it is there: at once where it is there already, so that what is synchronous stays so. */
export function chain<T, U>(value: Now<T>, next: (value: T) => Now<U>): Now<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** One after the other, in order. */
export function chainAll<T, U>(items: readonly T[], each: (item: T) => Now<U>): Now<readonly U[]> {
  const results: U[] = [];
  const from = (index: number): Now<readonly U[]> => {
    for (let at = index; at < items.length; at++) {
      const result = each(items[at]!);
      if (result instanceof Promise) {
        return result.then((value) => {
          results.push(value);
          return from(at + 1);
        });
      }
      results.push(result);
    }
    return results;
  };
  return from(0);
}

/** Like `chain`, for a question that may fail at once or later. */
export function rescue<T>(ask: () => Now<T>, handle: (error: unknown) => T): Now<T> {
  try {
    const value = ask();
    return value instanceof Promise ? value.catch(handle) : value;
  } catch (error) {
    return handle(error);
  }
}
