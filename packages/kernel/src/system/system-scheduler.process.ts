import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const scheduler = new URL("./system-scheduler.ts", import.meta.url).href;

/** Runs the script in a process of its own and gives what it printed before it ended by itself. */
function printed(script: string): string {
  const source = `import { systemScheduler } from ${JSON.stringify(scheduler)};\n${script}`;
  const node = ["--conditions=millrace-source", "--import", "tsx", "--input-type=module", "--eval", source];
  const { stdout, status, stderr } = spawnSync(process.execPath, node, { encoding: "utf8", timeout: 60_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trim();
}

test("a timer alone does not keep the process alive", () => {
  const script = `
    systemScheduler.after(100_000, () => console.log("fired"));
    process.on("exit", () => console.log("ended"));`;
  expect(printed(script)).toBe("ended");
});

test("a hold does, until it is cancelled", () => {
  const script = `
    const hold = systemScheduler.hold();
    systemScheduler.after(200, () => {
      console.log("fired");
      hold.cancel();
    });
    process.on("exit", () => console.log("ended"));`;
  expect(printed(script)).toBe("fired\nended");
});
