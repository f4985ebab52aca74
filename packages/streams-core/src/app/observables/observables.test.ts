import { embedded, MissingTopicError } from "@millrace/kafka-client";
import type { MetricValue } from "@millrace/kernel";
import { firstValueFrom, lastValueFrom, of, Subject, take, throwError, toArray } from "rxjs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serdes } from "../../serde/index.js";
import { AppHarness } from "../../testing/app-harness.js";
import type { AppState } from "../app-state.js";
import { wordCount } from "../word-count.fixture.js";
import { fromObservable, ObservedTopicError, toObservable } from "./topic-observables.js";

const numbers = { topic: "numbers", key: serdes.string, value: serdes.long };
let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness();
});

afterEach(() => harness.close());

test("states are told from the one there is to the last, which completes", async () => {
  await harness.createTopics({ lines: 1, counts: 1 });
  const app = harness.makeApp(wordCount());
  const seen: (AppState | "complete")[] = [];
  app.state$.subscribe({ next: (state) => seen.push(state), complete: () => seen.push("complete") });
  await harness.run(app.start());
  const late = firstValueFrom(app.state$);
  await harness.run(app.close());
  expect(seen).toEqual(["CREATED", "REBALANCING", "RUNNING", "PENDING_SHUTDOWN", "NOT_RUNNING", "complete"]);
  expect([await late, await lastValueFrom(app.state$)]).toEqual(["RUNNING", "NOT_RUNNING"]);
});

test("metrics are told at once and then again and again, until the app has ended or nobody listens", async () => {
  await harness.createTopics({ lines: 1, counts: 1 });
  const app = harness.makeApp(wordCount());
  await harness.run(app.start());
  let looks = 0;
  let complete = false;
  const left = app.metrics$({ intervalMs: 500 }).subscribe(() => void looks++);
  app.metrics$({ intervalMs: 500 }).subscribe({ complete: () => (complete = true) });
  await harness.environment.scheduler.advanceBy(2_100);
  expect(looks).toBe(5);
  left.unsubscribe();
  await harness.environment.scheduler.advanceBy(2_000);
  const values: readonly MetricValue[] = await firstValueFrom(app.metrics$());
  expect([looks, complete, values.some(({ name }) => name === "commit-total")]).toEqual([5, false, true]);
  await harness.run(app.close());
  expect(complete).toBe(true);
});

test("records go from an observable to a topic, and from a topic to an observable", async () => {
  await using client = embedded();
  await client.admin().createTopics([{ name: "numbers", partitions: 1 }]);
  const rows = [
    { key: "a", value: 1, timestamp: 10 },
    { key: null, value: 2, timestamp: 20 },
    { key: "a", value: null, timestamp: 30 },
  ];
  expect(await fromObservable(of(...rows), client, numbers)).toBe(3);
  expect(await lastValueFrom(toObservable(client, numbers).pipe(take(3), toArray()))).toEqual(rows);
  const latest: unknown[] = [];
  const subscription = toObservable(client, { ...numbers, from: "latest" }).subscribe((row) => latest.push(row));
  await expect
    .poll(async () => {
      await fromObservable(of({ key: "b", value: 4 }), client, numbers);
      return latest[0];
    })
    .toMatchObject({ key: "b", value: 4 });
  subscription.unsubscribe();
});

test("failures come out on the other side", async () => {
  await using client = embedded();
  await client.admin().createTopics([{ name: "numbers", partitions: 1 }]);
  const elsewhere = { ...numbers, topic: "none" };
  await expect(firstValueFrom(toObservable(client, elsewhere))).rejects.toThrow(ObservedTopicError);
  await expect(fromObservable(of({ key: "a", value: 1 }), client, elsewhere)).rejects.toThrow(MissingTopicError);
  await expect(fromObservable(throwError(() => new Error("broken")), client, numbers)).rejects.toThrow("broken"); // prettier-ignore
  const subject = new Subject<{ key: string; value: number }>();
  const sending = fromObservable(subject, client, numbers);
  subject.next({ key: "a", value: "no number" as unknown as number });
  await expect(sending).rejects.toThrow();
  expect(subject.observed).toBe(false);
});
