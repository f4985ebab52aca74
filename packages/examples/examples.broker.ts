import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { kafka, tp } from "millrace";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { couriersAtTopic } from "./courier-by-location/topology.js";
import { courierSerde, positionTopic, rounded, type Courier } from "./courier.js";
import { northTopic, restTopic } from "./position-branch/topology.js";
import { northCountsTopic, restCountsTopic } from "./position-count/topology.js";
import { roundedTopic } from "./position-rounding/topology.js";
import { swappedTopic } from "./position-swap/topology.js";
import { long, utf8 } from "./run-couriers.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A row of a topic: key and value as text. */
type Row = readonly [string | null, string | null];

let cluster: Cluster;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "millrace-examples-"));
  if (canStartBrokers) cluster = await startBroker();
}, 120_000);

afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  if (canStartBrokers) await cluster.close();
});

/** As the README has it: `npm run example -- NAME --brokers LIST`, and `npm start` for the word count. */
async function run(command: readonly string[]): Promise<string> {
  const args = ["scripts/run.mjs", ...command, "--brokers", cluster.brokers.join()];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 1 << 26 });
  return stdout;
}

/** All rows of a topic of one partition, as another program finds them. */
async function read(topic: string, show: (value: Uint8Array) => string = utf8): Promise<readonly Row[]> {
  await using client = kafka({ brokers: cluster.brokers });
  const partition = tp(topic, 0);
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  const end = (await consumer.endOffsets([partition], "read_uncommitted")).get(partition) ?? 0;
  consumer.assign(new Map([[partition, 0]]));
  const rows: Row[] = [];
  while (consumer.position(partition) < end) {
    for (const { records } of await consumer.poll(100)) {
      while (records.next()) {
        const { key, value } = records.record();
        rows.push([key && utf8(key), value && show(value)]);
      }
    }
  }
  await consumer.close();
  return rows;
}

async function couriers(): Promise<readonly Courier[]> {
  return (await read(positionTopic)).map(([, value]) => JSON.parse(String(value)) as Courier);
}

const table = (rows: readonly Row[]): Record<string, string | null> =>
  Object.fromEntries(rows.map(([key, value]) => [String(key), value]));
const at = ({ position }: Courier): string => JSON.stringify(rounded(position));
const isNorth = ({ position }: Courier): boolean => position.latitude > 45;
const rowOf = (courier: Courier): Row => [courier.id, utf8(courierSerde.serialize("", courier))];

function countsBy(keys: readonly string[]): Record<string, string> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Object.fromEntries([...counts].map(([key, count]) => [key, String(count)]));
}

describe.runIf(canStartBrokers)("an example on a cluster, run twice", () => {
  test.each<[string, () => Promise<void>]>([
    [
      "position-rounding",
      async () => {
        const expected = (await couriers()).map((courier) =>
          rowOf({ ...courier, position: rounded(courier.position) }),
        );
        expect(await read(roundedTopic)).toEqual(expected);
      },
    ],
    [
      "position-swap",
      async () => {
        expect(await read(swappedTopic)).toEqual((await couriers()).map((courier) => [at(courier), courier.id]));
      },
    ],
    [
      "position-branch",
      async () => {
        const all = await couriers();
        expect(await read(northTopic)).toEqual(all.filter(isNorth).map(rowOf));
        expect(await read(restTopic)).toEqual(all.filter((courier) => !isNorth(courier)).map(rowOf));
      },
    ],
    [
      "position-count",
      async () => {
        const all = await couriers();
        expect(table(await read(northCountsTopic, long))).toEqual(countsBy(all.filter(isNorth).map(at)));
        expect(table(await read(restCountsTopic, long))).toEqual(
          countsBy(all.filter((courier) => !isNorth(courier)).map(at)),
        );
      },
    ],
    [
      "courier-by-location",
      async () => {
        const places = new Map((await couriers()).map((courier) => [courier.id, at(courier)]));
        const idsAt = new Map<string, string[]>();
        for (const [id, place] of [...places].sort()) idsAt.set(place, [...(idsAt.get(place) ?? []), id]);
        const found = Object.entries(table(await read(couriersAtTopic))).filter(([, ids]) => ids !== null);
        expect(Object.fromEntries(found)).toEqual(
          Object.fromEntries([...idsAt].map(([place, ids]) => [place, JSON.stringify(ids)])),
        );
      },
    ],
  ])("%s shows reports with what came of them, and goes on where the first run stopped", async (name, check) => {
    for (const _ of ["first", "second"]) {
      const printed = await run(["example", name, "--seconds", "1"]);
      expect(printed).toMatch(/^position {2}courier-\d .*\n {4}-> /m);
      await check();
    }
  });

  test("wordcount counts a text, and more text on top of it, with its state at hand or without", async () => {
    const text = join(dir, "text.txt");
    writeFileSync(text, "to be, or not to be\n");
    const start = ["start", "--json", "--state-dir", join(dir, "state"), text];
    expect(JSON.parse(await run(start))).toEqual({ to: 2, be: 2, or: 1, not: 1 });
    expect(JSON.parse(await run(start))).toEqual({ to: 4, be: 4, or: 2, not: 2 });
    rmSync(join(dir, "state"), { recursive: true });
    expect(JSON.parse(await run(start))).toEqual({ to: 6, be: 6, or: 3, not: 3 });
  });
});
