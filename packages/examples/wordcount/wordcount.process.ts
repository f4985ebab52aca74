import { spawn, execFileSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "millrace-wordcount-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("npm start, the word count", () => {
  it("counts what tr, sort and uniq count, on more than a megabyte of text", async () => {
    const file = textFile("text.txt", 1_200_000, 1);
    expect(await totals(wordcount([file]))).toEqual(uniqTotals([file]));
  });

  it("goes on from the first run's counts when it is given more input", async () => {
    const first = textFile("first.txt", 60_000, 2);
    const second = textFile("second.txt", 80_000, 3);
    await totals(wordcount([first]));
    expect(await totals(wordcount([second]))).toEqual(uniqTotals([first, second]));
  });

  it("counts a finished input again when it is given again, and forgets all with --reset", async () => {
    const file = textFile("text.txt", 20_000, 4);
    await totals(wordcount([file]));
    expect(await totals(wordcount([file]))).toEqual(uniqTotals([file, file]));
    expect(await totals(wordcount(["--reset", file]))).toEqual(uniqTotals([file]));
  });

  it("reads standard input as -", async () => {
    const child = wordcount(["-"]);
    child.stdin?.end("to be, or not to be\n");
    expect(await totals(child)).toEqual({ to: 2, be: 2, or: 1, not: 1 });
  });

  it("has the right totals after kills on its way: nothing lost, nothing counted twice", async () => {
    const file = textFile("text.txt", 6_000_000, 5);
    for (const percent of [0, 5, 20, 40, 60]) await killedAt(wordcount([file]), percent);
    expect(await totals(wordcount([file]))).toEqual(uniqTotals([file]));
  });

  it("says which file is missing, on one line, and fails", async () => {
    const child = wordcount([join(directory, "no-such-file.txt")]);
    const [stderr, code] = await Promise.all([text(child.stderr), exitCode(child)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^There is no file .*no-such-file\.txt\. Name a text file, or - for standard input\.\n$/u);
  });
});

function wordcount(args: readonly string[]): ChildProcess {
  const state = ["--json", "--state-dir", join(directory, "state")];
  return spawn(process.execPath, ["--conditions=millrace-source", "--import", "tsx", main, ...state, ...args]);
}

async function totals(child: ChildProcess): Promise<unknown> {
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exitCode(child)]);
  expect(code, stderr).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  return JSON.parse(stdout);
}

/** Kills the child when it says that it has read that share of its input (0: as soon as it runs). */
async function killedAt(child: ChildProcess, percent: number): Promise<void> {
  if (percent === 0) child.once("spawn", () => child.kill("SIGKILL"));
  child.stderr?.on("data", (chunk: Buffer) => {
    const said = /\((\d+) %\)/.exec(chunk.toString())?.[1];
    if (said !== undefined && Number(said) >= percent) child.kill("SIGKILL");
  });
  await exitCode(child);
  expect(child.signalCode).toBe("SIGKILL");
}

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("close", resolve));
}

/** Words of all lengths, digits, underscores, letters that lower-case into ASCII ones, CRLF, a line of 200 kB, no line end at the end. */
function textFile(name: string, bytes: number, seed: number): string {
  const breaks = [" ", " ", " ", ", ", "\n", "\r\n", " – ", "-", " \u212a\u0130 ", "\t"];
  let state = seed;
  const next = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const parts: string[] = [];
  let length = 0;
  while (length < bytes) {
    const inLongLine = length > bytes / 2 && length < bytes / 2 + 200_000;
    const word = `${next(3) === 0 ? "The" : "w_"}${next(5000).toString(36)}`;
    const part = word + (inLongLine ? " " : breaks[next(breaks.length)]);
    parts.push(part);
    length += part.length;
  }
  const file = join(directory, name);
  writeFileSync(file, `${parts.join("")}end`);
  return file;
}

/** The same totals by the tools every Unix has. */
function uniqTotals(files: readonly string[]): Record<string, number> {
  const script = `for file in "$@"; do cat "$file"; echo; done | tr -cs 'A-Za-z0-9_' '\\n' | tr A-Z a-z | grep -v '^$' | sort | uniq -c`;
  const out = execFileSync("sh", ["-c", script, "sh", ...files], {
    env: { ...process.env, LC_ALL: "C" },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const rows = out.trim().split("\n");
  return Object.fromEntries(
    rows.map((row) => row.trim().split(" ")).map(([count, word]) => [word ?? "", Number(count)]),
  );
}
