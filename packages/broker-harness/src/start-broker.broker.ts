import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFailed, onTestFinished, test, vi } from "vitest";
import { canStartBrokers, sharedBrokers, startBroker, type Cluster } from "./index.js";

const MINUTE_MS = 60_000;

test("the broker of the run listens", async () => {
  expect(sharedBrokers()).not.toEqual([]);
  for (const broker of sharedBrokers()) await knock(broker);
});

describe.runIf(canStartBrokers)("a cluster of one's own", () => {
  test("takes kill, stop, freeze and start of each node, at the same address", { timeout: 3 * MINUTE_MS }, async () => {
    await using cluster = await startBroker({ brokers: 3 });
    showLogOnFailure(cluster);
    const node = cluster.nodes[1]!;
    const firstPid = node.pid;
    node.pause();
    await knock(node.address); // the system accepts for it
    node.resume();
    await node.kill();
    expect(node.pid).toBeUndefined();
    await expect(knock(node.address)).rejects.toThrow("ECONNREFUSED");
    await node.start();
    await knock(node.address);
    await node.stop();
    await node.start();
    expect(node.pid).not.toBe(firstPid);
    expect(cluster.brokers).toContain(node.address);
    expect(cluster.log()).toContain("--- broker 3");
  });

  test("speaks TLS that its certificate vouches for, and knows its user", { timeout: 3 * MINUTE_MS }, async () => {
    await using cluster = await startBroker({ sasl: true, tls: true });
    showLogOnFailure(cluster);
    const [host, port] = cluster.brokers[0]!.split(":");
    const trusting = connectTls({ host: host!, port: Number(port), ca: cluster.certificate! });
    await once(trusting, "secureConnect");
    expect(trusting.authorized).toBe(true);
    trusting.destroy();
    expect(cluster.user).toEqual({ username: "millrace", password: "millrace-secret" });
  });

  test("leaves nothing behind when its process is killed", { timeout: 3 * MINUTE_MS }, async () => {
    const code = `import { startBroker } from "./start-broker.ts";
      const cluster = await startBroker();
      console.log(cluster.nodes[0].pid);
      setInterval(() => {}, 1000);`;
    const cwd = fileURLToPath(new URL(".", import.meta.url));
    const folder = mkdtempSync(join(tmpdir(), "millrace-harness-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const flags = ["--conditions=millrace-source", "--import", "tsx", "--input-type=module"];
    const child = spawn(process.execPath, [...flags, "--eval", code], {
      cwd,
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const tooEarly = once(child, "close").then(() => expect.fail("It ended by itself."));
    const [line] = (await Promise.race([once(child.stdout, "data"), tooEarly])) as [Buffer];
    const pid = Number(String(line));
    const data = () => readdirSync(folder).filter((name) => name.startsWith("millrace-broker-"));
    expect([runs(pid), data().length]).toEqual([true, 1]);
    child.kill("SIGKILL");
    await vi.waitFor(() => expect([runs(pid), data().length]).toEqual([false, 0]), MINUTE_MS);
  });
});

function showLogOnFailure(cluster: Cluster): void {
  onTestFailed(() => console.log(cluster.log()));
}

async function knock(address: string): Promise<void> {
  const [host, port] = address.split(":");
  const socket = connect({ host: host!, port: Number(port) });
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return existsSync(`/proc/${pid}`) || process.platform !== "linux";
  } catch {
    return false;
  }
}
