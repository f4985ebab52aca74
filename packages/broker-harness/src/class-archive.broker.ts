import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { classArchive } from "./class-archive.js";
import { javaTool, runTool } from "./java-tools.js";
import { brokerJava } from "./start-broker.js";
import { canStartBrokers } from "./test-brokers.js";

/** An id, and what the program logs; nothing of the JVM's own, as in "[0.2s][warning][cds] ...". */
const PRINTED = /^\S{22}\n(?!\[\d)(.*\n(?!\[\d))*$/u;

test.runIf(canStartBrokers)(
  "what a program has loaded once it takes from an archive, and the JVM says nothing of it",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-archive-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { jars } = await brokerJava();
    const program = ["-cp", join(jars, "*"), "kafka.tools.StorageTool", "random-uuid"];
    const run = (flags: readonly string[]) => runTool(javaTool("java"), [...flags, ...program]);

    const first = await classArchive(join(folder, "jars"), "uuid");
    expect(first.exists).toBe(false);
    expect(await run(first.flags)).toMatch(PRINTED);
    first.ended(true);

    const second = await classArchive(join(folder, "jars"), "uuid");
    expect(second.exists).toBe(true);
    // Without an archive that suits it, a JVM told so does not start.
    expect(await run([...second.flags, "-Xshare:on"])).toMatch(PRINTED);
  },
);
