import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import type { Topology } from "../topology/index.js";
import type { StreamsApp } from "./streams-app.js";

/** Orders `<user>:<what>` with their users' names, the tables in topics of different partition counts. */
function ordersWithNames(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  const orders = builder.table<string, string>("orders", { store: "orders" });
  orders
    .join(builder.table<string, string>("users", { store: "users" }), (order, name) => `${order} for ${name}`, {
      on: (order) => order.slice(0, order.indexOf(":")),
      store: "joined",
      value: serdes.string,
      name: "fk",
    })
    .toStream()
    .to("out");
  return builder.build();
}

let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness();
});

afterEach(() => harness.close());

async function startApp(): Promise<StreamsApp> {
  const app = harness.makeApp(ordersWithNames(), { processingGuarantee: "exactly-once" });
  await harness.run(app.start());
  return app;
}

async function caughtUp(app: StreamsApp): Promise<void> {
  for (let round = 0; round < 4; round++) await harness.run(app.caughtUp());
}

describe("a join by foreign key, in an app", () => {
  // Orders lie where their keys' hash would not put them: answers must follow the orders, not the hash.
  const orders = [0, 1, 2, 3, 4, 5].map((n) => ({
    key: `o${n}`,
    value: `u${n % 2}:item${n}`,
    partition: Math.floor(n / 2),
  }));
  const joined = (names: readonly [string, string]): Record<string, string> =>
    Object.fromEntries(orders.map(({ key, value }, n) => [key, `${value} for ${names[n % 2]}`]));

  test("joins tables of different partition counts, and finds its subscriptions again after a restart", async () => {
    await harness.createTopics({ orders: 3, users: 1, out: 1 });
    await harness.produce("orders", orders);
    await harness.produce("users", [
      { key: "u0", value: "Ann" },
      { key: "u1", value: "Bob" },
    ]);
    const first = await startApp();
    await caughtUp(first);
    expect(await harness.readTable("out")).toEqual(joined(["Ann", "Bob"]));
    await harness.run(first.close());
    await harness.produce("users", [{ key: "u0", value: "Anna" }]);
    await caughtUp(await startApp());
    expect(await harness.readTable("out")).toEqual(joined(["Anna", "Bob"]));
  });
});
