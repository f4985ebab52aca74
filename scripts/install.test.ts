import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

interface Install {
  isStale(root: string): boolean;
}
const { isStale } = (await import(new URL("install.mjs", import.meta.url).href)) as Install;

describe("isStale", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "millrace-install-"));
    writeFileSync(join(root, "pnpm-lock.yaml"), "lockfileVersion: '9.0'\n");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Leaves behind what pnpm leaves: a copy of the lockfile it installed from. */
  const install = () => {
    mkdirSync(join(root, "node_modules/.pnpm"), { recursive: true });
    cpSync(join(root, "pnpm-lock.yaml"), join(root, "node_modules/.pnpm/lock.yaml"));
  };

  it("is stale in a fresh clone and fresh after an install", () => {
    expect(isStale(root)).toBe(true);
    install();
    expect(isStale(root)).toBe(false);
  });

  it("is stale once the lockfile says something else", () => {
    install();
    writeFileSync(join(root, "pnpm-lock.yaml"), "lockfileVersion: '10.0'\n");
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
