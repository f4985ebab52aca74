import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Deferred, systemEnvironment } from "@millrace/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { textOf, valueOf } from "../conformance/rows.js";
import { ALL_KEYS } from "../keys/key-range.js";
import { RowMap } from "../overlay/row-map.js";
import { LevelDatabase } from "./level-database.js";
import { LevelEngine } from "./level-engine.js";
import { encodeMeta, META_KEY } from "./level-layout.js";
import { LevelTable } from "./level-table.js";
import { RangeBridge } from "./range-bridge.js";

/** Deletes ranges when it is let. */
class WaitingDatabase extends LevelDatabase {
  readonly gates: Deferred<void>[] = [];

  override async clear(gte: string, lt: string): Promise<void> {
    const gate = new Deferred<void>();
    this.gates.push(gate);
    await gate.promise;
    await super.clear(gte, lt);
  }
}

const rowsOf = (table: LevelTable): string[] => {
  const rows: string[] = [];
  for (const cursor = table.cursor(ALL_KEYS); cursor.key !== null; cursor.advance()) {
    rows.push(`${cursor.key}=${textOf(cursor.value)}`);
  }
  return rows;
};

const keysOf = async (database: LevelDatabase): Promise<string[]> => {
  const keys: string[] = [];
  for await (const key of database.keys("\u0001", "\u0002")) keys.push(key.slice(1));
  return keys;
};

const dropBelow = (to: string): RowMap => {
  const rows = new RowMap();
  rows.dropBelow(to);
  return rows;
};

describe("rows dropped from the database", () => {
  const bridge = new RangeBridge();
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "millrace-dropped-"));
  });
  afterEach(async () => {
    await bridge.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const options = () => ({
    ...{ taskId: "0_0", directory, blockCacheBytes: 1 << 20, writeBufferBytes: 1 << 20, bridge },
  });

  /** A database in which the one store has these rows. */
  const opened = async (keys: readonly string[]): Promise<WaitingDatabase> => {
    const database = new WaitingDatabase(options());
    await database.open();
    const batch = database.batch();
    for (const key of keys) batch.put(`\u0001${key}`, valueOf("1"));
    await batch.write();
    return database;
  };

  it("are not seen while they wait to be deleted, and those dropped meanwhile go with the next deletion", async () => {
    const database = await opened(["a", "b", "c", "d"]);
    const table = new LevelTable(database, { prefix: "\u0001", rowCount: 4, floor: null }, 0);
    table.written([dropBelow("b")], "b");
    expect([rowsOf(table), table.get("a"), textOf(table.get("b"))]).toEqual([["b=1", "c=1", "d=1"], null, "1"]);
    await expect.poll(() => database.gates.length).toBe(1);
    table.written([dropBelow("c")], "c");
    table.written([dropBelow("d")], "d");
    expect([rowsOf(table), await keysOf(database)]).toEqual([["d=1"], ["a", "b", "c", "d"]]);
    database.gates[0]!.resolve();
    await expect.poll(() => database.gates.length).toBe(2);
    database.gates[1]!.resolve();
    await table.cleared();
    expect([await keysOf(database), database.gates.length]).toEqual([["d"], 2]);
    await database.close();
  });

  it("that cannot be deleted are told of, and stay unseen", async () => {
    const database = await opened(["a", "b"]);
    const table = new LevelTable(database, { prefix: "\u0001", rowCount: 2, floor: "b" }, 0);
    await expect.poll(() => database.gates.length).toBe(1);
    database.gates[0]!.reject(new Error("ENOSPC"));
    await table.cleared();
    expect(rowsOf(table)).toEqual(["b=1"]);
    expect(() => table.assertSound()).toThrow("ENOSPC");
    await database.close();
  });

  it("that a crash has left are neither seen in the next life nor left over", async () => {
    const database = await opened(["a", "b"]);
    const batch = database.batch();
    const meta = { offsets: new Map(), stamp: null, stores: ["s"], counts: [2], floors: ["b"] };
    batch.put(META_KEY, encodeMeta(meta));
    await batch.write();
    await database.close();
    const { scheduler } = systemEnvironment();
    const engine = await LevelEngine.open({ ...options(), scheduler, removeDirectory: async () => {} });
    const table = engine.table("s");
    expect([table.get("a"), rowsOf(table), table.floor]).toEqual([null, ["b=1"], "b"]);
    await engine.close();
    const after = new LevelDatabase(options());
    await after.open();
    expect(await keysOf(after)).toEqual(["b"]);
    await after.close();
  });
});
