import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemEnvironment, silentLogger, type Environment } from "@millrace/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Isolation } from "../../port/client.js";
import { tp } from "../../port/topic-partition.js";
import { BatchCursor, RecordBatchWriter } from "../../protocol/index.js";
import { openPartitionDirectory } from "../disk/open-partition.js";
import { compact } from "./compaction.js";
import { MemoryStorage } from "./memory-storage.js";
import { PartitionLog } from "./partition-log.js";

const partition = tp("oracle", 0);
const environment: Environment = systemEnvironment({ logger: silentLogger });

type Step =
  | { readonly kind: "write"; readonly producer: number; readonly keys: readonly number[] }
  | { readonly kind: "end"; readonly producer: number; readonly commit: boolean }
  | { readonly kind: "delete"; readonly share: number }
  | { readonly kind: "compact" | "reopen" | "crash" | "torn" };

const producer = fc.integer({ min: -1, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      producer,
      keys: fc.array(fc.nat(5), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("end" as const), producer, commit: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("delete" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("compact" as const, "reopen" as const, "crash" as const, "torn" as const),
    }),
  },
);

interface Row {
  readonly offset: number;
  readonly key: number;
  readonly value: number;
  readonly producer: number;
  state: "open" | "committed" | "aborted";
}

/** The simplest thing that could be right: a list of rows. */
class Model {
  rows: Row[] = [];
  next = 0;
  start = 0;
  #value = 0;

  write(writer: number, keys: readonly number[]): number[] {
    const values = keys.map(() => this.#value++);
    for (const [index, key] of keys.entries()) {
      const state = writer < 0 ? "committed" : "open";
      this.rows.push({ offset: this.next++, key, value: values[index]!, producer: writer, state });
    }
    return values;
  }

  end(writer: number, commit: boolean): void {
    const open = this.rows.filter((row) => row.producer === writer && row.state === "open");
    for (const row of open) row.state = commit ? "committed" : "aborted";
    if (this.#openProducers.delete(writer)) this.next++;
  }

  readonly #openProducers = new Map<number, number>();

  opened(writer: number, firstOffset: number): void {
    if (!this.#openProducers.has(writer)) this.#openProducers.set(writer, firstOffset);
  }

  get stable(): number {
    return Math.min(this.next, ...this.#openProducers.values());
  }

  delete(before: number): void {
    this.start = Math.max(this.start, before);
    this.rows = this.rows.filter((row) => row.offset >= this.start);
  }

  compact(bound: number): void {
    const last = new Map<number, number>();
    const decided = this.rows.filter((row) => row.offset < bound);
    for (const row of decided) if (row.state === "committed") last.set(row.key, row.offset);
    this.rows = this.rows.filter(
      (row) => row.offset >= bound || (row.state === "committed" && last.get(row.key) === row.offset),
    );
  }

  read(isolation: Isolation): string[] {
    const seen = this.rows.filter(
      (row) => isolation === "read_uncommitted" || (row.state === "committed" && row.offset < this.stable),
    );
    return seen.map((row) => `${row.offset}:${row.key}=${row.value}`);
  }
}

/** The log under test, and what its producers have written. */
class Subject {
  log: PartitionLog;
  readonly #dir: string | null;
  readonly #sequences = new Map<number, number>();

  constructor(dir: string | null) {
    this.#dir = dir;
    this.log = this.#open();
  }

  #open(): PartitionLog {
    const log =
      this.#dir === null
        ? new PartitionLog(partition, new MemoryStorage(), environment.clock)
        : openPartitionDirectory(partition, this.#dir, { environment, fsync: false });
    log.storage.segmentBytes = 400;
    return log;
  }

  reopen(start: number): void {
    this.log = this.#open();
    this.log.deleteBefore(start);
  }

  tear(): void {
    const newest = readdirSync(this.#dir!)
      .filter((name) => name.endsWith(".log"))
      .sort()
      .at(-1);
    if (newest !== undefined) appendFileSync(join(this.#dir!, newest), Buffer.alloc(70, 3));
  }

  write(writer: number, keys: readonly number[], values: readonly number[]): void {
    const batch = new RecordBatchWriter(512);
    for (const [index, key] of keys.entries())
      batch.append(Buffer.of(key), Buffer.from(String(values[index])), index, null);
    const sequence = this.#sequences.get(writer) ?? 0;
    if (writer >= 0) this.#sequences.set(writer, sequence + keys.length);
    const { checksums } = this.log.storage;
    const origin =
      writer < 0
        ? { attributes: 0, producerEpoch: -1, baseSequence: -1 }
        : { attributes: 0x10, producerEpoch: 0, baseSequence: sequence };
    this.log.append(batch.finish({ ...origin, producerId: writer, checksum: checksums }));
  }

  read(isolation: Isolation, maxBytes: number): string[] {
    const rows: string[] = [];
    const end = this.log.endOffset(isolation);
    for (let from = this.log.startOffset; from < end;) {
      const range = this.log.read(from, isolation, maxBytes);
      expect(range.nextOffset).toBeGreaterThan(from);
      const cursor = new BatchCursor(range.batches, from, range.nextOffset);
      while (cursor.next())
        rows.push(`${cursor.offset}:${cursor.record().key![0]}=${Buffer.from(cursor.record().value!).toString()}`);
      from = range.nextOffset;
    }
    return rows;
  }
}

async function run(steps: readonly Step[], maxBytes: number, dir: string | null): Promise<void> {
  const model = new Model();
  const subject = new Subject(dir);
  for (const one of steps) {
    await apply(one, model, subject, dir !== null);
    expect([subject.log.highWatermark, subject.log.lastStableOffset]).toEqual([model.next, model.stable]);
    for (const isolation of ["read_committed", "read_uncommitted"] as const) {
      expect(subject.read(isolation, maxBytes)).toEqual(model.read(isolation));
    }
  }
  subject.log.storage.close();
}

async function apply(one: Step, model: Model, subject: Subject, onDisk: boolean): Promise<void> {
  switch (one.kind) {
    case "write": {
      if (one.producer >= 0) model.opened(one.producer, model.next);
      subject.write(one.producer, one.keys, model.write(one.producer, one.keys));
      break;
    }
    case "end":
      if (one.producer < 0) return;
      subject.log.appendMarker(one.commit ? "commit" : "abort", one.producer, 0);
      model.end(one.producer, one.commit);
      break;
    case "delete": {
      // Up to the stable offset, as administrators and retention do.
      const before = Math.floor(model.start + (model.stable - model.start) * one.share);
      subject.log.deleteBefore(before);
      model.delete(before);
      break;
    }
    case "compact": {
      const bound = subject.log.storage.replaceableBefore(subject.log.lastStableOffset);
      await compact(subject.log, { deleteRetentionMs: 0, minLagMs: 0 }, environment);
      model.compact(bound);
      break;
    }
    default:
      if (!onDisk) return;
      if (one.kind === "reopen") subject.log.storage.close();
      if (one.kind === "torn") subject.tear();
      subject.reopen(model.start);
  }
}

test.each([
  ["in memory", false],
  ["on disk, through crashes and torn writes", true],
])("a log reads as the list of its rows, %s", async (_, onDisk) => {
  const root = mkdtempSync(join(tmpdir(), "millrace-log-oracle-"));
  let runs = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.constantFrom(1, 150, 100_000), (steps, maxBytes) =>
        run(steps, maxBytes, onDisk ? join(root, String(runs++)) : null),
      ),
      { numRuns: onDisk ? 300 : 1_000 },
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});
