/** What a run of main.ts printed: the riders it pushed, and the rows of its last table. */
export function printedAnswers(stdout: string): {
  readonly pushed: readonly string[];
  readonly rows: readonly string[];
} {
  const pushed = [...stdout.matchAll(/-> within 5 km: (.*)$/gmu)].map(([, rider]) => rider!);
  const tables = stdout.split("Up to 10 km away");
  const rows = [...tables.at(-1)!.matchAll(/^│ (\d.*) │$/gmu)].map(([, row]) =>
    row!.replaceAll(/ +│ +/gu, " | ").trim(),
  );
  return { pushed, rows };
}

/** Those of the quickstart. */
export const quickstartAnswers = {
  pushed: ["4ab5cbad  3.682", "8b6eae59  3.731", "4a7c7b41  3.145"],
  rows: ["0 | 4a7c7b41 4ab5cbad 8b6eae59 | 3", "10 | 18f4ea86 | 1"],
};
