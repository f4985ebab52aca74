import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./command.js";
import { sourceFiles } from "./source-files.js";

/** Every page of prose in the repository but the recorded vectors' own, as paths from the root. */
export function documents(): string[] {
  const pages = ["", "docs", "docs/adr"].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name)),
  );
  return [...pages, ...sourceFiles(".md")].filter((page) => existsSync(join(ROOT, page)));
}
