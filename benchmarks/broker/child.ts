import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const OUTPUT_LINES_MAX = 200;

/**
 * Runs a program to its end and gives its last line. Lines `progress N` go to `onProgress`; a program that fails throws
 * with what it printed.
 */
export async function runChild(
  command: string,
  args: readonly string[],
  onProgress: (done: number) => void,
): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  const lines: string[] = [];
  let last = "";
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      const progress = /^progress (\d+)$/u.exec(line);
      if (progress !== null) return onProgress(Number(progress[1]));
      lines.push(line);
      if (lines.length > OUTPUT_LINES_MAX) lines.shift();
      if (stream === child.stdout) last = line;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  process.off("exit", end);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${lines.join("\n")}`);
  return last;
}
