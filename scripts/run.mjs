// What `npm start`, `npm test`, `npm run example` and `npm run parts` run on a machine that has Node and npm and nothing
// else: installs the locked dependencies when they are stale, then hands over.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installIfStale } from "./install.mjs";
import { launch } from "./launch.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCE_FLAGS = ["--conditions=millrace-source", "--import", "tsx"];

const [name, ...rest] = process.argv.slice(2);
const [program, args] =
  name === "example" ? [`packages/examples/${rest[0]}/main.ts`, rest.slice(1)] : [programOf(name), rest];
if (program === undefined || !existsSync(new URL(`../${program}`, import.meta.url))) {
  process.stderr.write("usage: node scripts/run.mjs start | test | parts | example NAME [arguments]\n");
  process.stderr.write(`Examples: ${examples().join(", ")}. packages/examples/README.md has what each shows.\n`);
  process.exit(2);
}
installIfStale(ROOT);
launch([...SOURCE_FLAGS, program, ...args], ROOT);

function programOf(command) {
  return {
    start: "packages/examples/wordcount/main.ts",
    test: "scripts/test.ts",
    parts: "packages/broker-harness/src/parts/main.ts",
  }[command];
}

function examples() {
  const folder = new URL("../packages/examples/", import.meta.url);
  return readdirSync(folder).filter((name) => existsSync(new URL(`${name}/main.ts`, folder)));
}
