import { spawn } from "node:child_process";
import { join } from "node:path";

/** The repository's root folder. */
export const ROOT = join(import.meta.dirname, "..");

/** What makes Node run the TypeScript sources of every package as they are, without a build. */
export const SOURCE_FLAGS = ["--conditions=millrace-source", "--import", "tsx"];

/** How a command ended and what it printed, both streams in one. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly output: string;
}

/** Runs Node with these arguments at the root. */
export function runNode(args: readonly string[]): Promise<Outcome> {
  return runCommand(process.execPath, args);
}

/**
 * Runs the program a dev dependency installs, e.g. `eslint`, at the root. `onText` sees the output as it comes.
 */
export function runTool(
  name: string,
  args: readonly string[],
  onText: (text: string) => void = () => {},
): Promise<Outcome> {
  return runCommand(join(ROOT, "node_modules", ".bin", name), args, onText);
}

function runCommand(
  command: string,
  args: readonly string[],
  onText: (text: string) => void = () => {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const chunks: string[] = [];
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        chunks.push(chunk);
        onText(chunk);
      });
    }
    child.on("error", (error) => resolve({ succeeded: false, output: error.message }));
    child.on("close", (code) => resolve({ succeeded: code === 0, output: chunks.join("") }));
  });
}
