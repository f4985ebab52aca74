/** What the suite needs of a test runner; vitest, jest and mocha with chai-like expect fit. */
export interface ConformanceTools {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
  readonly expect: (actual: unknown) => { toEqual(expected: unknown): void };
}
