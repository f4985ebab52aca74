import { defineConfig } from "vitest/config";

const conditions = ["millrace-source"];
// Multiplies every time-out: the long run tries many more cases in one test.
const patience = Number(process.env["MILLRACE_PATIENCE"] ?? 1);

/** One vitest project per tier: `vitest run --config vitest.workspace.ts --project unit`. */
const tier = (name: string, include: string[], timeoutMs: number) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Of what sets a tier up.
  environments: { __vitest__: { resolve: { conditions } } },
  // A forgotten `.only` would pass for a green run.
  test: { name, include, allowOnly: false, testTimeout: timeoutMs * patience, hookTimeout: timeoutMs },
});

/** Files share the modules they load: most of such a tier's time would go into loading them anew for each. */
const sharingModules = (project: ReturnType<typeof tier>) => ({
  ...project,
  test: { ...project.test, isolate: false },
});

/** All files of such a tier share one broker. They mostly wait: for sessions to end, for brokers to come back. */
const brokerTier = (name: string, suffix: string, maxWorkers: number) => {
  const project = tier(name, files(suffix), 120_000);
  const globalSetup = "./packages/broker-harness/src/vitest/global-setup.ts";
  return { ...project, test: { ...project.test, globalSetup, maxWorkers, sequence: { groupOrder: 1 } } };
};

const trees = ["packages/*", "benchmarks", "scripts"];
const files = (suffix: string) => trees.map((tree) => `${tree}/**/*${suffix}`);

export default defineConfig({
  test: {
    exclude: ["**/node_modules/**", "**/dist/**"],
    maxWorkers: "100%",
    projects: [
      // Well under a second each; how long one may take says only how busy the machine may be.
      sharingModules(tier("unit", files(".test.ts"), 60_000)),
      tier("oracle", files(".oracle.ts"), 120_000),
      tier("simulation", files(".simulation.ts"), 300_000),
      tier("process", files(".process.ts"), 180_000),
      brokerTier("broker", ".broker.ts", 3),
      brokerTier("soak", ".soak.ts", 1),
    ],
  },
});
