// What `npm start` and `npm test` run on a machine that has Node and npm and nothing else: installs the locked
// dependencies when they are stale, then hands over.
import { fileURLToPath } from "node:url";
import { installIfStale } from "./install.mjs";
import { launch } from "./launch.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCE_FLAGS = ["--conditions=millrace-source", "--import", "tsx"];

const programs = {
  start: "packages/examples/wordcount/main.ts",
  test: "scripts/test.ts",
};

const [name, ...args] = process.argv.slice(2);
const program = programs[name];
if (program === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(programs).join(" | ")} [arguments]\n`);
  process.exit(2);
}
installIfStale(ROOT);
launch([...SOURCE_FLAGS, program, ...args], ROOT);
