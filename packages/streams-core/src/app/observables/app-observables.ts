import type { Scheduler, Timer } from "@millrace/kernel";
import type { Observable } from "rxjs";
import type { StateListener } from "../app-life.js";
import type { AppState } from "../app-state.js";
import { rxjs } from "./load-rxjs.js";

/** An app whose states can be followed. */
export interface StatefulApp {
  readonly state: AppState;
  onStateChange(listener: StateListener): () => void;
}

const isLast = (state: AppState): boolean => state === "NOT_RUNNING" || state === "ERROR";

/** The state there is, then each one after it; completes with the last. */
export function statesOf(app: StatefulApp): Observable<AppState> {
  return new (rxjs().Observable)<AppState>((subscriber) => {
    const tell = (state: AppState): void => {
      subscriber.next(state);
      if (isLast(state)) subscriber.complete();
    };
    const stop = app.onStateChange(tell);
    tell(app.state);
    return stop;
  });
}

export interface MetricsOptions {
  /** Time between two looks, in ms. Default 1,000. */
  readonly intervalMs?: number;
}

/** What `look` gives, at once and then again and again; completes when the app has ended. */
export function repeatedly<T>(
  app: StatefulApp,
  scheduler: Scheduler,
  look: () => T | Promise<T>,
  { intervalMs = 1_000 }: MetricsOptions,
): Observable<T> {
  return new (rxjs().Observable)<T>((subscriber) => {
    let timer: Timer | null = null;
    const next = async (): Promise<void> => {
      try {
        subscriber.next(await look());
      } catch (error) {
        subscriber.error(error);
      }
      if (isLast(app.state)) subscriber.complete();
      if (!subscriber.closed) timer = scheduler.after(intervalMs, () => void next());
    };
    const stop = app.onStateChange((state) => {
      if (isLast(state)) subscriber.complete();
    });
    void next();
    return () => {
      stop();
      timer?.cancel();
    };
  });
}
