import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { classArchive } from "./class-archive.js";
import { javaTool, runTool } from "./java-tools.js";
import { brokerJava } from "./start-broker.js";
import { canStartBrokers } from "./test-brokers.js";

/** An id, and what the program logs; nothing of the JVM's own, as in "[0.2s][warning][cds] ...". */
const PRINTED = /^\S{22}\n(?!\[\d)(.*\n(?!\[\d))*$/u;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-archive-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe.runIf(canStartBrokers)("an archive of classes", () => {
  test("is made by a program's first run, and used by the next: the JVM says nothing of it", async () => {
    const jarsAside = join(newFolder(), "jars");
    const { jars } = await brokerJava();
    const program = ["-cp", join(jars, "*"), "kafka.tools.StorageTool", "random-uuid"];
    const run = (flags: readonly string[]) => runTool(javaTool("java"), [...flags, ...program]);

    const first = await classArchive(jarsAside, "uuid");
    expect(first.exists).toBe(false);
    expect(await run(first.flags)).toMatch(PRINTED);
    first.ended(true);

    const second = await classArchive(jarsAside, "uuid");
    expect(second.exists).toBe(true);
    // Without an archive that suits it, a JVM told so does not start.
    expect(await run([...second.flags, "-Xshare:on"])).toMatch(PRINTED);
  });

  test("is waited for after a run that was cut short, and done without where a whole run has left none", async () => {
    const jarsAside = join(newFolder(), "jars");
    (await classArchive(jarsAside, "none")).ended(false);
    const again = await classArchive(jarsAside, "none");
    expect(again.exists).toBe(false);
    again.ended(true);
    expect(await classArchive(jarsAside, "none")).toMatchObject({ exists: true, flags: [] });
  });
});
