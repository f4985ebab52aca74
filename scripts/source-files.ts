import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "./command.js";

const TREES = ["packages", "benchmarks", "scripts"];
const IGNORED = new Set(["node_modules", "dist", ".millrace"]);

/** All files of the workspace whose name ends in `suffix`, as paths from the root, sorted. */
export function sourceFiles(suffix: string): string[] {
  return TREES.filter((tree) => existsSync(join(ROOT, tree)))
    .flatMap((tree) => walk(join(ROOT, tree), suffix))
    .map((path) => relative(ROOT, path))
    .sort();
}

function walk(folder: string, suffix: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : walk(join(folder, entry.name), suffix);
    return entry.name.endsWith(suffix) ? [join(folder, entry.name)] : [];
  });
}
