import type { FailedField } from "./checking/failed-fields.js";
import type { Verdict } from "./checking/verdict.js";
import { tallyText, type Tallies } from "./tally.js";

/** Differences shown of a field; one mistake tends to make many. */
const SHOWN_DIFFERENCES = 6;

/** The lines on a scenario that failed: its name and fields, and with `verbose` what differs. */
export function failureLines(name: string, verdict: Extract<Verdict, { kind: "failed" }>, verbose: boolean): string[] {
  const { fields, cause } = verdict;
  const lines = [`FAILED ${name}: ${fields.map(({ field }) => field).join(", ")}${thrown(cause)}`];
  return verbose ? [...lines, ...fields.flatMap(fieldLines), ...stackLines(cause)] : lines;
}

/** The lines after all scenarios were run; the closing line is the last. */
export function summaryLines({ all, families }: Tallies): string[] {
  return [
    ...[...families].map(([family, tally]) => `${family}: ${tallyText(tally)}`),
    `conformance: ${tallyText(all)}`,
  ];
}

function fieldLines({ field, differences }: FailedField): string[] {
  const lines = differences.slice(0, SHOWN_DIFFERENCES).flatMap(({ path, expected, actual }) => {
    if (isText(expected) && isText(actual)) return [`  ${field} ${path}`, ...textLines(expected, actual)];
    return [`  ${field} ${path}`, `    expected ${shown(expected)}`, `    got      ${shown(actual)}`];
  });
  const more = differences.length - SHOWN_DIFFERENCES;
  return more > 0 ? [...lines, `  ${field}: ${more} more differences`] : lines;
}

const isText = (value: unknown): value is string => typeof value === "string" && value.includes("\n");

/** Both texts by lines, those that differ marked. */
function textLines(expected: string, actual: string): string[] {
  const wanted = expected.split("\n");
  const got = actual.split("\n");
  return Array.from({ length: Math.max(wanted.length, got.length) }, (_, i) =>
    wanted[i] === got[i]
      ? [`      ${wanted[i]}`]
      : [`    - ${wanted[i] ?? "(nothing)"}`, `    + ${got[i] ?? "(nothing)"}`],
  ).flat();
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function thrown(cause: unknown): string {
  if (cause === null) return "";
  return ` (threw ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)})`;
}

function stackLines(cause: unknown): string[] {
  const lines: string[] = [];
  for (let error = cause; error instanceof Error; error = error.cause) {
    lines.push(...(error.stack ?? error.message).split("\n").map((line) => `    ${line}`));
  }
  return lines;
}
