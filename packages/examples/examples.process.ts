import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** `npm run example -- NAME`, as the READMEs have it. */
async function run(name: string, ...options: readonly string[]): Promise<string> {
  const args = ["scripts/run.mjs", "example", name, ...options];
  return (await promisify(execFile)(process.execPath, args, { cwd: root })).stdout;
}

describe.concurrent("an example in its own process, with no broker and no registry", () => {
  test.each([
    ["position-rounding", /^ {4}-> position-rounded {2}.* {2}courier-\d {2}\{"id":"courier-\d","position":\{.*\}\}$/mu],
    ["position-swap", /^ {4}-> position-swapped {2}.* {2}\{"latitude":-?\d+,"longitude":-?\d+\} {2}courier-\d$/mu],
    ["position-branch", /^ {4}-> position-rest {2}.* {2}courier-\d {2}\{"id":"courier-\d",/mu],
    ["position-count", /^ {4}-> position-count-per-second-rest {2}.*\} from [\d:]+\.000 {2}\d+$/mu],
    ["courier-by-location", /^ {4}-> couriers-at-place {2}.*\} {2}\["courier-\d"/mu],
    ["courier-by-location --moves", /^ {4}-> couriers-at-place-by-moves {2}.*\} {2}\["courier-\d"/mu],
  ])("%s prints reports, and below each what came of it", async (command, result) => {
    const printed = await run(...(command.split(" ") as [string]), "--seconds", "1");
    expect(printed).toMatch(/^position-avro {2}[\d:.]+ {2}(courier-\d) {2}\{"id":"\1",.*\n {4}-> /mu);
    expect(printed).toMatch(result);
  });

  test("avro-producer counts its reports", async () => {
    expect(await run("avro-producer", "--messages", "500")).toMatch(/^500 acknowledged, 0 lost, [^]*"Courier"/mu);
  });

  test("schema-evolution has version 2 taken and version 3 refused", async () => {
    const printed = await run("schema-evolution");
    expect(printed).toMatch(/"first_name":"Ada"[^]*refused, MILLRACE_INCOMPATIBLE_SCHEMA[^]*versions 1 and 2 of/u);
  });

  test("a cluster without its registry is refused, with a sentence that says what to do", async () => {
    await expect(run("position-rounding", "--brokers", "localhost:9092")).rejects.toMatchObject({
      stderr: expect.stringMatching(/^MILLRACE_INVALID_ARGUMENT: --brokers needs --registry URL/mu),
    });
  });
});
