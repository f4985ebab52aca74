import { expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { transactionTimeoutMs } from "./transaction-timeout.js";

const ask = (value: string): Promise<string> => Promise.resolve(value);
const timeoutMs = 20_000;

/** Chains of calls of 20 s: two in a row, one beside them, one behind a repartition topic. */
test("a transaction outlasts the longest chain of asynchronous operators between two topics", () => {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  const source = builder.stream("in");
  const chain = source.mapValuesAsync(ask, { timeoutMs }).filter(Boolean).mapValuesAsync(ask, { timeoutMs });
  source.mapValuesAsync(ask, { timeoutMs }).to("beside");
  chain.repartition().mapValuesAsync(ask, { timeoutMs }).to("out");
  const topology = builder.build().physical();
  expect(transactionTimeoutMs(topology, 100)).toBe(10_000 + 2 * 20_000);
  expect(transactionTimeoutMs(topology, 30_000)).toBe(60_000 + 2 * 20_000);
});

test("without asynchronous operators it is ten seconds or two commit intervals", () => {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.stream("in").to("out");
  const topology = builder.build().physical();
  expect([transactionTimeoutMs(topology, 100), transactionTimeoutMs(topology, 30_000)]).toEqual([10_000, 60_000]);
});
