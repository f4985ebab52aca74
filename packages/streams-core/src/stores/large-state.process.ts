import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";

const run = promisify(execFile);
const program = fileURLToPath(new URL("./large-state-program.ts", import.meta.url));
/** Of 16 KiB each: 500 MiB. */
const ROWS = 32_000;
const HEAP_MIB = 128;
/** The runtime and what is compiled take a good 100 MiB of it. */
const PEAK_MIB_MAX = 450;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "millrace-large-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it.each(["session", "versioned", "duplicates"])(
  "a %s store on LevelDB holds more than its process has memory for, and reads it by key when opened again",
  async (kind) => {
    const heap = `--max-old-space-size=${HEAP_MIB}`;
    const source = ["--conditions=millrace-source", "--import", "tsx"];
    const { stdout } = await run(process.execPath, [heap, ...source, program, directory, kind, String(ROWS)]);
    const { found, peakMib } = JSON.parse(stdout) as { found: number; peakMib: number };
    expect(found).toBe(500);
    expect(peakMib).toBeLessThan(PEAK_MIB_MAX);
  },
);
