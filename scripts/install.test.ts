import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

interface Install {
  isStale(root: string): boolean;
  markInstalled(root: string): void;
}
const { isStale, markInstalled } = (await import(new URL("install.mjs", import.meta.url).href)) as Install;

describe("isStale", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "millrace-install-"));
    for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"]) writeFileSync(join(root, file), file);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const install = () => {
    mkdirSync(join(root, "node_modules"));
    markInstalled(root);
  };

  it("is stale in a fresh clone and fresh after an install", () => {
    expect(isStale(root)).toBe(true);
    install();
    expect(isStale(root)).toBe(false);
  });

  it("is stale once the lockfile says something else", () => {
    install();
    writeFileSync(join(root, "pnpm-lock.yaml"), "other");
    expect(isStale(root)).toBe(true);
  });

  it("is not stale because a checkout touched the lockfile", () => {
    install();
    utimesSync(join(root, "pnpm-lock.yaml"), new Date(0), new Date(4_000_000_000_000));
    expect(isStale(root)).toBe(false);
  });

  it("is stale when node_modules was removed", () => {
    install();
    rmSync(join(root, "node_modules"), { recursive: true });
    expect(isStale(root)).toBe(true);
  });
});
