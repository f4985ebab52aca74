import { RetriableError } from "@millrace/kafka-client";
import type { SeededRandomness } from "@millrace/kernel/testing";
import type { SimulatedProcess } from "./simulated-process.js";

/** What a topology may have of the process that it is made in. */
export interface SimulatedSurroundings {
  /**
   * A service outside, such as a schema registry, as this process has it: calls take time, are refused, their answers are
   * lost, and for seconds none gets through; all of them fail with a RetriableError. Of the service, methods that give
   * promises can be called, nothing else is there.
   */
  elsewhere<T extends object>(service: T): T;
}

/** One call in so many finds the service down. */
const DOWN_ONE_IN = 30;
const DOWN_MS_MAX = 5_000;

/** A service as a simulated process has it. */
export function simulatedService<T extends object>(
  service: T,
  { process, chance, calm }: { process: SimulatedProcess; chance: SeededRandomness; calm: () => boolean },
): T {
  const { clock } = process.environment;
  let downUntilMs = 0;
  const isDown = (): boolean => {
    if (calm()) return false;
    const nowMs = clock.monotonicMs();
    if (nowMs >= downUntilMs && chance.below(DOWN_ONE_IN) === 0) downUntilMs = nowMs + chance.below(DOWN_MS_MAX);
    return nowMs < downUntilMs;
  };
  return new Proxy(service, {
    get(_, name) {
      const method: unknown = Reflect.get(service, name);
      if (typeof method !== "function") return undefined;
      return (...args: unknown[]): Promise<unknown> => {
        const call = async (): Promise<unknown> => {
          if (isDown()) throw new RetriableError("The service is down. Try again.");
          return Reflect.apply(method, service, args);
        };
        return process.request(`service.${String(name)}`, call, { lossy: true, frail: true });
      };
    },
  });
}
