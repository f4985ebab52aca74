import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";

const LAUNCH = new URL("launch.mjs", import.meta.url).href;

type Launcher = ChildProcessByStdio<null, Readable, null>;

interface Launched {
  readonly launcher: Launcher;
  /** Waits until this text has been printed; fails when all output has ended without it. */
  readonly printed: (text: string) => Promise<void>;
  /** Settles when launcher and program are both gone: each holds an end of the output pipe. */
  readonly closed: Promise<unknown>;
}

/** Starts a launcher that runs `program` (source text), and waits until the program says that it is ready. */
async function launched(program: string): Promise<Launched> {
  const script = `import { launch } from ${JSON.stringify(LAUNCH)}; launch(["--eval", process.argv[1]], process.cwd());`;
  const launcher = spawn(process.execPath, ["--input-type=module", "--eval", script, program], {
    cwd: join(import.meta.dirname, ".."),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  launcher.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const closed = once(launcher, "close");
  const printed = async (text: string): Promise<void> => {
    while (!output.includes(text)) {
      const ended = await Promise.race([once(launcher.stdout, "data").then(() => false), closed.then(() => true)]);
      if (ended && !output.includes(text)) throw new Error(`"${text}" is missing from: ${output}`);
    }
  };
  await printed("ready");
  return { launcher, printed, closed };
}

describe("launch", () => {
  it("ends with the program's exit code", async () => {
    const { launcher, closed } = await launched(`console.log("ready"); process.exit(7);`);
    await closed;
    expect(launcher.exitCode).toBe(7);
  });

  it("ends with 128 and the signal's number when the program is killed", async () => {
    const { launcher, closed } = await launched(`console.log("ready"); process.kill(process.pid, "SIGKILL");`);
    await closed;
    expect(launcher.exitCode).toBe(137);
  });

  it("passes a Ctrl-C on once, although it comes from the terminal and from npm", async () => {
    const { launcher, printed, closed } = await launched(`
      let interrupts = 0;
      process.on("SIGINT", () => console.log("interrupt " + ++interrupts));
      process.on("SIGWINCH", () => console.log("resized"));
      process.on("SIGTERM", () => { console.log("interrupts: " + interrupts); process.exit(); });
      setInterval(() => {}, 1000);
      console.log("ready");`);
    launcher.kill("SIGINT");
    await printed("interrupt 1");
    launcher.kill("SIGINT");
    // Signals that wait together have no order: a resize that came through shows that the interrupt before it was handled.
    launcher.kill("SIGWINCH");
    await printed("resized");
    launcher.kill("SIGTERM");
    await closed;
    await printed("interrupts: 1\n");
  });

  it("ends the program when the launcher is killed with -9", async () => {
    const { launcher, closed } = await launched(`setInterval(() => {}, 1000); console.log("ready");`);
    launcher.kill("SIGKILL");
    await closed;
    expect(launcher.signalCode).toBe("SIGKILL");
  });
});
