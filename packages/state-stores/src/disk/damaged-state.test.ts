import { mkdtemp, open, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ClassicLevel } from "classic-level";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ALL_KEYS, leveldbBackend, type StateBackend, StateCorruptedError } from "../index.js";

let dir: string;
let task: string;
let backend: StateBackend;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "millrace-damage-"));
  task = join(dir, "tasks", "0_0");
  backend = await leveldbBackend({ dir });
  const state = await backend.open("0_0");
  for (let index = 0; index < 2000; index += 1) state.store("s").put(`k${index}`, new Uint8Array(100).fill(index));
  state.freeze();
  await state.commitFrozen(new Map([["c-0", 2000]]), { clusterId: "c", committedAtMs: 1 });
  await state.close();
});
afterEach(async () => {
  await backend.close();
  await rm(dir, { recursive: true, force: true });
});

const filesOf = async (end: RegExp) =>
  (await readdir(task)).filter((name) => end.test(name)).map((name) => join(task, name));

/** Moves all rows from the log into a table file. */
const compact = async () => {
  const level = new ClassicLevel(task);
  await level.open();
  await level.compactRange("\0", "\x7f");
  await level.close();
};

const expectDamage = (error: unknown) => {
  expect(error).toBeInstanceOf(StateCorruptedError);
  expect(error).toMatchObject({ code: "MILLRACE_STATE_CORRUPTED", taskId: "0_0", directory: task });
  expect((error as Error).message).toContain(
    `Delete that directory, or let the app remove it: it is restored from the changelog.`,
  );
};

describe("damaged state of a task", () => {
  const damages: { what: string; damage: () => Promise<unknown> }[] = [
    { what: "garbage for CURRENT", damage: () => writeFile(join(task, "CURRENT"), "garbage") },
    {
      what: "a manifest that is gone",
      damage: async () => Promise.all((await filesOf(/^MANIFEST/u)).map((path) => rm(path))),
    },
    {
      what: "a manifest of zeros",
      damage: async () =>
        Promise.all((await filesOf(/^MANIFEST/u)).map((path) => writeFile(path, new Uint8Array(200)))),
    },
    {
      what: "a table file that is gone",
      damage: async () => {
        await compact();
        await Promise.all((await filesOf(/\.ldb$/u)).map((path) => rm(path)));
      },
    },
    {
      what: "a table file cut short",
      damage: async () => {
        await compact();
        await Promise.all((await filesOf(/\.ldb$/u)).map((path) => truncate(path, 100)));
      },
    },
    {
      what: "a meta row that is not ours",
      damage: async () => {
        const level = new ClassicLevel(task);
        await level.put("\0meta", "not json");
        await level.close();
      },
    },
  ];

  it.each(damages)("is told when it is opened, and gone once removed: $what", async ({ damage }) => {
    await damage();
    expectDamage(await backend.open("0_0").catch((error: unknown) => error));
    expectDamage(await backend.open("0_0").catch((error: unknown) => error));
    await backend.remove("0_0");
    const fresh = await backend.open("0_0");
    expect([fresh.offsets().size, [...fresh.store("s").iterate(ALL_KEYS)].length]).toEqual([0, 0]);
  });

  it("is told when a row is read", async () => {
    await compact();
    const state = await backend.open("0_0");
    const store = state.store("s");
    expect(store.get("k1999")).not.toBeNull();
    for (const path of await filesOf(/\.ldb$/u)) await overwrite(path, 5000, 3000);
    const outcome = (read: () => unknown): unknown => {
      try {
        return read();
      } catch (error) {
        return error;
      }
    };
    expectDamage(outcome(() => [...store.iterate(ALL_KEYS)]));
    expectDamage(outcome(() => Array.from({ length: 2000 }, (_, index) => store.get(`k${index}`))));
    expect(state.openIterators).toBe(0);
  });

  it("refuses a format it does not know", async () => {
    const level = new ClassicLevel(task);
    await level.put("\0meta", JSON.stringify({ format: 9 }));
    await level.close();
    await expect(backend.open("0_0")).rejects.toMatchObject({ code: "MILLRACE_STATE_FORMAT" });
  });
});

const overwrite = async (path: string, offset: number, length: number) => {
  const file = await open(path, "r+");
  await file.write(new Uint8Array(length).fill(0xa5), 0, length, offset);
  await file.close();
};
