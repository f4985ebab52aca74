import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { canStartBrokers } from "../test-brokers.js";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

/** Whether something listens at `host:port`. */
async function listens(address: string): Promise<boolean> {
  const [host, port] = address.split(":");
  const socket = connect(Number(port), host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe.runIf(canStartBrokers)("npm run parts", () => {
  // The first time, Maven fetches the registry.
  const timeout = 300_000;
  test(
    "prints addresses that answer and commands to try; after a Ctrl-C nothing listens there",
    { timeout },
    async () => {
      const flags = ["--conditions=millrace-source", "--import", "tsx"];
      const parts = spawn(process.execPath, [...flags, main], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(parts, "exit");
      let said = "";
      parts.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
      await expect.poll(() => said, { timeout: timeout - 20_000 }).toMatch(/Ctrl-C ends all/u);
      expect(said).toMatch(/^ {2}npm run example -- producer --brokers 127\.0\.0\.1:\d+$/mu);
      expect(said).toMatch(
        /position-count --brokers 127\.0\.0\.1:\d+ --registry http:\/\/127\.0\.0\.1:\d+\/apis\/ccompat\/v7$/mu,
      );

      const started = [...said.matchAll(/^[^ \n].*: .*?(127\.0\.0\.1:\d+)/gmu)].map(([, address]) => address!);
      expect(started.length).toBeGreaterThanOrEqual(2);
      expect(await Promise.all(started.map(listens))).toEqual(started.map(() => true));
      parts.kill("SIGINT");
      expect(await ended).toEqual([0, null]);
      expect(await Promise.all(started.map(listens))).toEqual(started.map(() => false));
    },
  );
});
