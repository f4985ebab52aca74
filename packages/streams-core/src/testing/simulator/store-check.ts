import type { Simulation } from "./simulation.js";
import type { StoredRecord } from "./topic-reader.js";

/** Bytes of the timestamp before the value in a row of a timestamped store. */
const ROW_TIMESTAMP_BYTES = 8;

type Table = Map<string, string>;

/**
 * Every disk, of whatever life, against the changelogs: rows and the changelog's rest are the changelog's end state;
 * under exactly-once, where no disk is written early, the rows are the changelog up to the stored offset. Under
 * at-least-once this holds at any time, under exactly-once when all transactions have ended.
 */
export async function checkStores(simulation: Simulation): Promise<void> {
  const { exactlyOnce, scenario, fleet, applicationId } = simulation;
  const changelogs = new Map<string, StoredRecord[]>();
  // Instances may be at work: disks as they are now, and changelogs as they are later.
  const disks = fleet.disks.map(({ instanceId, tasks }) => ({ instanceId, tasks: [...tasks] }));
  for (const disk of disks) {
    for (const [taskId, { rows, offsets }] of disk.tasks) {
      for (const [changelog, offset] of offsets) {
        const dash = changelog.lastIndexOf("-");
        const topic = changelog.slice(0, dash);
        if (!changelogs.has(topic)) changelogs.set(topic, await simulation.records(topic));
        const partition = Number(changelog.slice(dash + 1));
        const records = changelogs.get(topic)!.filter((record) => record.partition === partition);
        const store = topic.slice(`${applicationId}-`.length, -"-changelog".length);
        const stored: Table = new Map();
        for (const [key, row] of rows.get(store) ?? []) stored.set(key, hex(row.subarray(ROW_TIMESTAMP_BYTES)));
        const where = `store ${store} of task ${taskId} on disk ${disk.instanceId}, at offset ${offset}`;
        if (exactlyOnce && !scenario.compacts) {
          const before = records.filter((record) => record.offset < offset);
          same(simulation, `${where}, is not its changelog so far`, stored, replay(new Map(), before));
        }
        const after = records.filter((record) => record.offset >= offset);
        const end = replay(new Map(), records);
        same(simulation, `${where}, with the rest of its changelog, is not its end state`, replay(stored, after), end);
      }
    }
  }
}

function replay(table: Table, records: readonly StoredRecord[]): Table {
  for (const { key, value } of records) {
    if (key === null) continue;
    const text = Buffer.from(key).toString("latin1");
    if (value === null) table.delete(text);
    else table.set(text, hex(value));
  }
  return table;
}

function same(simulation: Simulation, what: string, actual: Table, expected: Table): void {
  for (const key of new Set([...actual.keys(), ...expected.keys()])) {
    if (actual.get(key) === expected.get(key)) continue;
    throw simulation.failure(`The ${what}: ${key} is ${actual.get(key)}, not ${expected.get(key)}.`);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
