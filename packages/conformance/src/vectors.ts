import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Scenario } from "./scenario.js";

/** The vectors of this repository. */
export const defaultVectorsDirectory = fileURLToPath(new URL("../../../conformance/vectors", import.meta.url));

/** All scenarios of all files, files in order of their names. Throws when there are none: silence would look like success. */
export function readVectors(directory: string): readonly Scenario[] {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .sort();
  const scenarios = files.flatMap((file) => JSON.parse(readFileSync(join(directory, file), "utf8")) as Scenario[]);
  if (scenarios.length === 0) throw new Error(`There is no scenario in ${directory}; set MILLRACE_VECTORS.`);
  return scenarios;
}
