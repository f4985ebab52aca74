import { defineConfig } from "vitest/config";

const conditions = ["millrace-source"];
// Multiplies every time-out: the long run tries many more cases in one test.
const patience = Number(process.env["MILLRACE_PATIENCE"] ?? 1);

/** One vitest project per tier: `vitest run --config vitest.workspace.ts --project unit`. */
const tier = (name: string, include: string[], timeoutMs = 5_000) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Of what sets a tier up.
  environments: { __vitest__: { resolve: { conditions } } },
  // A forgotten `.only` would pass for a green run.
  test: { name, include, allowOnly: false, testTimeout: timeoutMs * patience, hookTimeout: timeoutMs },
});

/** All files of such a tier share one broker, and it needs a core for itself: one file at a time. */
const brokerTier = (name: string, suffix: string) => {
  const project = tier(name, files(suffix), 120_000);
  const globalSetup = "./packages/broker-harness/src/vitest/global-setup.ts";
  return { ...project, test: { ...project.test, globalSetup, fileParallelism: false } };
};

const trees = ["packages/*", "benchmarks", "scripts"];
const files = (suffix: string) => trees.map((tree) => `${tree}/**/*${suffix}`);

export default defineConfig({
  test: {
    exclude: ["**/node_modules/**", "**/dist/**"],
    projects: [
      tier("unit", files(".test.ts")),
      tier("oracle", files(".oracle.ts"), 120_000),
      tier("simulation", files(".simulation.ts"), 300_000),
      tier("process", files(".process.ts"), 180_000),
      brokerTier("broker", ".broker.ts"),
      brokerTier("soak", ".soak.ts"),
    ],
  },
});
