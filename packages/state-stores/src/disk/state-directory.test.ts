import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { leveldbBackend, StateLockedError } from "../index.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "millrace-dir-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const refusal = async (): Promise<unknown> => {
  const outcome = await leveldbBackend({ dir }).catch((error: unknown) => error);
  if (!(outcome instanceof Error)) await (outcome as Awaited<ReturnType<typeof leveldbBackend>>).close();
  return outcome;
};

describe("a state directory", () => {
  it("lays out lock, instance and tasks under the application's name", async () => {
    const backend = await leveldbBackend({ dir, applicationId: "word-count" });
    await backend.open("0_1");
    expect((await readdir(join(dir, "word-count"))).sort()).toEqual([".lock", "instance.json", "tasks"]);
    expect(await readdir(join(dir, "word-count", "tasks"))).toEqual(["0_1"]);
    await backend.close();
  });

  it("refuses names that would leave it", async () => {
    for (const applicationId of ["", "..", "a/b", "/a"]) {
      await expect(leveldbBackend({ dir, applicationId })).rejects.toMatchObject({ code: "MILLRACE_STATE_MISUSE" });
    }
  });

  it("is used by one backend at a time, of this process too", async () => {
    const backend = await leveldbBackend({ dir });
    const error = await refusal();
    expect(error).toBeInstanceOf(StateLockedError);
    expect((error as Error).message).toBe(
      `State directory ${dir} is in use by process ${process.pid}. Stop that process, or give this one a state directory of its own.`,
    );
    await backend.close();
    expect(await refusal()).not.toBeInstanceOf(Error);
  });

  it("is free again after an opening that failed", async () => {
    await writeFile(join(dir, "instance.json"), "{");
    expect(await refusal()).toMatchObject({ code: "MILLRACE_STATE_OPEN" });
    await rm(join(dir, "instance.json"));
    expect(await refusal()).not.toBeInstanceOf(Error);
  });

  it("refuses a format it does not know", async () => {
    await writeFile(join(dir, "instance.json"), JSON.stringify({ format: 2, instanceId: "x" }));
    const error = await refusal();
    expect(error).toMatchObject({ code: "MILLRACE_STATE_FORMAT" });
    expect((error as Error).message).toContain("has format 2, this version reads format 1");
  });

  it("names the instance once", async () => {
    const first = await leveldbBackend({ dir });
    await first.close();
    const second = await leveldbBackend({ dir });
    await second.close();
    const file = JSON.parse(await readFile(join(dir, "instance.json"), "utf8")) as unknown;
    expect(file).toEqual({ format: 1, instanceId: first.instanceId });
    expect(second.instanceId).toBe(first.instanceId);
  });

  it("finishes a deletion that was cut short, and never shows its task", async () => {
    await mkdir(join(dir, "tasks", "0_0~"), { recursive: true });
    await mkdir(join(dir, "tasks", "0_1"), { recursive: true });
    const backend = await leveldbBackend({ dir });
    expect(await backend.tasks()).toEqual(["0_1"]);
    expect(await readdir(join(dir, "tasks"))).toEqual(["0_1"]);
    await backend.close();
  });
});
