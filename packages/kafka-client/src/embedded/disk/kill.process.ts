import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { embedded, tp, type EmbeddedCluster } from "../../index.js";

const program = fileURLToPath(new URL("./process/append-forever.ts", import.meta.url));

/** Lets the program write `rounds` rounds, then kills it where it stands. */
async function writeAndKill(dir: string, rounds: number): Promise<void> {
  const child = spawn(process.execPath, ["--conditions=millrace-source", "--import", "tsx", program, dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  let seen = 0;
  for await (const chunk of child.stdout) {
    seen += String(chunk).split("\n").length - 1;
    if (seen >= rounds) child.kill("SIGKILL");
  }
  expect(await gone).toBe("SIGKILL");
}

async function valuesOf(cluster: EmbeddedCluster, topic: string, partition: number): Promise<number[]> {
  const consumer = cluster.restoreConsumer({ isolation: "read_committed" });
  const where = tp(topic, partition);
  const end = (await consumer.endOffsets([where], "read_uncommitted")).get(where)!;
  consumer.assign(new Map([[where, 0]]));
  const values: number[] = [];
  while (consumer.position(where) < end) {
    for (const { records } of await consumer.poll(100)) {
      while (records.next()) values.push(Number(Buffer.from(records.record().value!).toString()));
    }
  }
  await consumer.close();
  return values;
}

const countUp = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test("killed at any moment: records are a prefix, transactions are whole, offsets agree with them", async () => {
  const dir = mkdtempSync(join(tmpdir(), "millrace-kill-"));
  try {
    let before = 0;
    for (const rounds of [1, 40, 3, 120, 75, 300]) {
      await writeAndKill(dir, rounds);
      const cluster = embedded({ dir });
      const plain = await valuesOf(cluster, "plain", 0);
      expect(plain).toEqual(countUp(plain.length));
      const done = (await cluster.admin().groupOffsets("progress")).get(tp("source", 0))?.offset ?? 0;
      expect(done).toBeGreaterThanOrEqual(before + Math.floor(rounds / 2));
      expect(await valuesOf(cluster, "whole", 1)).toEqual(countUp(done));
      expect(await valuesOf(cluster, "whole", 0)).toEqual(countUp(done).flatMap((number) => [number, number]));
      before = done;
      await cluster.close();
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
