import { validateName } from "../topology/index.js";

/**
 * The builder's one counter (T9). Verbs draw from it exactly when Kafka Streams does, also where the user gives a name
 * and the number is thrown away: names of later nodes, stores and topics depend on it.
 */
export class NodeNumbers {
  #next = 0;

  /** A processor's name: the user's, or a numbered one. Draws a number either way. */
  processor(prefix: string, name?: string): string {
    const numbered = this.numbered(prefix);
    if (name === undefined) return numbered;
    validateName(name);
    return name;
  }

  /** The user's name with a suffix, or a numbered one. Draws a number either way. */
  suffixed(prefix: string, name: string | undefined, suffix: string): string {
    const numbered = this.numbered(prefix);
    if (name === undefined) return numbered;
    validateName(name + suffix);
    return name + suffix;
  }

  numbered(prefix: string): string {
    return prefix + String(this.#next++).padStart(10, "0");
  }

  store(prefix: string): string {
    return this.numbered(`${prefix}STATE-STORE-`);
  }
}
