import { PassThrough } from "node:stream";
import { virtualEnvironment } from "@millrace/kernel/testing";
import { expect, test } from "vitest";
import { RestoreProgress } from "./restore-progress.js";
import { openTerminalBar, type ProgressBar } from "./terminal-bar.js";

const subject = (partition: number) => ({
  ...{ store: "counts", taskId: `0_${partition}`, topic: "app-counts-changelog", partition },
});

function watched() {
  const environment = virtualEnvironment({ seed: 1, startMs: 0 });
  const { clock, logger } = environment;
  const drawn: string[] = [];
  const bar: ProgressBar = {
    update: (done, total, details) => drawn.push(`${done}/${total} ${details}`),
    stop: () => drawn.push("gone"),
  };
  const progress = new RestoreProgress({ clock, logger, openBar: async () => bar });
  const after = (ms: number): Promise<void> => environment.scheduler.advanceBy(ms);
  return { progress, drawn, after, lines: () => logger.lines.filter(({ level }) => level === "info") };
}

test("a long restore shows a bar and logs every few seconds and at its end", async () => {
  const { progress, drawn, after, lines } = watched();
  progress.onRestoreStart(subject(0), 0, 1_000);
  progress.onRestoreStart(subject(1), 500, 1_500);
  await after(600);
  progress.onRestoreBatch(subject(0), 250, 200);
  await after(5_000);
  progress.onRestoreBatch(subject(0), 1_000, 600);
  progress.onRestoreEnd(subject(0));
  expect(drawn).toEqual(["1000/2000 800 rows, 2 of 2 stores to go"]);
  expect(lines()).toEqual([
    expect.objectContaining({
      message: "Stores are being restored.",
      fields: expect.objectContaining({ rows: 800, stores: 2, percent: 50, elapsedMs: 5_600 }),
    }),
  ]);
  progress.onRestoreBatch(subject(1), 1_500, 1_000);
  progress.onRestoreEnd(subject(1));
  expect(drawn.slice(1)).toEqual(["2000/2000 1,800 rows, 1 of 2 stores to go", "gone"]);
  expect(lines().at(-1)).toMatchObject({ message: "Restoring stores has ended.", fields: { percent: 100 } });
});

test("a short one shows none, and one with nothing to do says nothing", async () => {
  const { progress, drawn, lines } = watched();
  progress.onRestoreStart(subject(0), 7, 7);
  progress.onRestoreEnd(subject(0));
  expect(lines()).toEqual([]);
  progress.onRestoreStart(subject(0), 0, 10);
  progress.onRestoreBatch(subject(0), 10, 10);
  progress.onRestoreEnd(subject(0));
  expect(lines()).toHaveLength(1);
  expect(drawn).toEqual([]);
});

test("the bar is drawn on terminals only", async () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 120, cursorTo: () => true });
  const drawn: string[] = [];
  terminal.on("data", (chunk: Buffer) => drawn.push(String(chunk)));
  expect(await openTerminalBar("Restoring", Object.assign(new PassThrough(), { isTTY: false }))).toBeNull();
  const bar = await openTerminalBar("Restoring", terminal);
  bar?.update(5, 10, "5 rows");
  bar?.stop();
  expect(drawn.join("")).toMatch(/Restoring .*50 % \| 5 rows/u);
});
