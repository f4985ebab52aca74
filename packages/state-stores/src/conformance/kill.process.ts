import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { SeededRandomness } from "@millrace/kernel/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CHANGELOG, changelogOf, rowsAfter, STORES } from "./numbered-records.js";
import { ALL_KEYS, leveldbBackend, type TaskState } from "../index.js";

const ROOT = join(import.meta.dirname, "../../../..");
const programs = {
  commit: fileURLToPath(new URL("./commit-loop.ts", import.meta.url)),
  restore: fileURLToPath(new URL("./restore-loop.ts", import.meta.url)),
};

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "millrace-kill-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const startChild = (step: string, nth: number, loop: keyof typeof programs = "commit"): ChildProcess => {
  const source = ["--conditions=millrace-source", "--import", "tsx", programs[loop]];
  const stdio = ["ignore", "pipe", "inherit"] as const;
  return spawn(process.execPath, [...source, dir, step, String(nth)], { cwd: ROOT, stdio: [...stdio] });
};

const death = async (child: ChildProcess): Promise<unknown> => {
  child.stdout?.resume();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.signalCode;
};

const rowsOf = (state: TaskState, store: string) =>
  new Map([...state.store(store).iterate(ALL_KEYS)].map(({ key, value }) => [key, Buffer.from(value).toString()]));

/** Opens what the dead child left, compares all of it with its offset, and returns the offset. */
const checkState = async (): Promise<number> => {
  const backend = await leveldbBackend({ dir });
  try {
    const state = await backend.open("0_0");
    const offset = state.offsets().get(CHANGELOG) ?? 0;
    for (const store of ["s", "t"]) expect(rowsOf(state, store)).toEqual(rowsAfter(offset, store));
    expect(state.stamp()?.notes).toEqual(offset === 0 ? undefined : { records: String(offset) });
    return offset;
  } finally {
    await backend.close();
  }
};

/** As `checkState`, where each store has a changelog and so an offset of its own. */
const checkRestored = async (): Promise<number[]> => {
  const backend = await leveldbBackend({ dir });
  try {
    const state = await backend.open("0_0");
    const offsets = STORES.map((store) => state.offsets().get(changelogOf(store)) ?? 0);
    for (const [index, store] of STORES.entries())
      expect(rowsOf(state, store)).toEqual(rowsAfter(offsets[index]!, store));
    return offsets;
  } finally {
    await backend.close();
  }
};

describe("state of a process killed with SIGKILL", () => {
  /** Which commit the state is at afterwards, when the child dies in its first, second, … */
  const steps = [
    { step: "records put", survives: false },
    { step: "frozen", survives: false },
    { step: "batch being built", survives: false },
    { step: "batch built", survives: false },
    { step: "batch on its way", survives: "maybe" },
    { step: "batch written", survives: true },
    { step: "committed", survives: true },
  ] as const;

  it.each(steps)("is whole after a death at: $step", async ({ step, survives }) => {
    const offsets = [0];
    for (const nth of [1, 2, 1]) {
      expect(await death(startChild(step, nth))).toBe("SIGKILL");
      offsets.push(await checkState());
    }
    const [, first, second, third] = offsets as [number, number, number, number];
    expect(second >= first && third >= second).toBe(true);
    if (survives === true) expect([first > 0, second > first, third > second]).toEqual([true, true, true]);
    // The third child dies in its first commit, before anything of it is on disk.
    if (survives === false && step !== "batch being built") expect([first, third]).toEqual([0, second]);
  });

  it("is whole after deaths at random moments", async () => {
    const randomness = new SeededRandomness(20_261_121);
    let last = 0;
    for (let round = 0; round < 12; round += 1) {
      const child = startChild("none", 1);
      const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> });
      let linesLeft = 1 + (randomness.uint32() % 6);
      for await (const line of lines) {
        expect(line).toMatch(/^committed \d+$/u);
        linesLeft -= 1;
        if (linesLeft === 0) break;
      }
      // A busy wait of some microseconds: where in the next commit the signal lands is up to chance.
      for (let spin = randomness.uint32() % 3_000_000; spin > 0; spin -= 1);
      child.kill("SIGKILL");
      expect(await death(child)).toBe("SIGKILL");
      const offset = await checkState();
      expect(offset).toBeGreaterThan(last);
      last = offset;
    }
  });
});

describe("state of a process killed with SIGKILL while it restores", () => {
  it.each([
    { step: "handed over", survives: "maybe" },
    { step: "batch being built", survives: "maybe" },
    { step: "batch on its way", survives: true },
    { step: "batch written", survives: true },
  ])("is that of its offsets, and it goes on from there, after a death at: $step", async ({ step, survives }) => {
    let last = [0, 0];
    for (const nth of [4, 2]) {
      expect(await death(startChild(step, nth, "restore"))).toBe("SIGKILL");
      const offsets = await checkRestored();
      expect(offsets.every((offset, store) => offset >= last[store]!)).toBe(true);
      last = offsets;
    }
    // The one on its way may be lost, but not those before it.
    if (survives === true) expect(Math.min(...last)).toBeGreaterThan(0);
  });
});

describe("the lock of a state directory", () => {
  it("keeps a second process out while the first lives, and lets it in after a kill", async () => {
    const child = startChild("none", 1);
    const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> });
    await once(lines, "line");
    const refusal = await leveldbBackend({ dir }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "MILLRACE_STATE_LOCKED", directory: dir, ownerPid: child.pid });
    expect((refusal as Error).message).toContain(`process ${child.pid}`);
    child.kill("SIGKILL");
    await death(child);
    await (await leveldbBackend({ dir })).close();
  });
});
