/** Seeds to run: `MILLRACE_SEED=n` replays one, `MILLRACE_SEEDS=n` sets how many, from 1 on. */
export function simulationSeeds(
  variables: Readonly<Record<string, string | undefined>>,
  defaultCount: number,
): readonly number[] {
  const one = variables["MILLRACE_SEED"];
  if (one !== undefined) return [Number(one)];
  return Array.from({ length: Number(variables["MILLRACE_SEEDS"] ?? defaultCount) }, (_, index) => index + 1);
}
