import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { kafka, StreamsApp } from "millrace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printedAnswers, quickstartAnswers } from "./printed-answers.fixture.js";
import { ridersWithin, rowsUpTo } from "./queries.js";
import { topology } from "./topology.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe.runIf(canStartBrokers)("riders on a broker", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startBroker();
  }, 120_000);
  afterAll(() => cluster?.close());

  /** As the README has it. */
  async function run(): Promise<string> {
    const args = ["scripts/run.mjs", "example", "riders", "--brokers", cluster.brokers.join()];
    return (await promisify(execFile)(process.execPath, args, { cwd: root })).stdout;
  }

  it("pushes three riders and pulls two rows; a second run finds them there, and an app of its own all rows", async () => {
    expect(printedAnswers(await run())).toEqual(quickstartAnswers);

    const second = printedAnswers(await run());
    // Those who are there already, in the order of their ids, then the same reports again.
    expect(second.pushed).toEqual([...quickstartAnswers.pushed].sort().concat(quickstartAnswers.pushed));
    expect(second.rows).toEqual(quickstartAnswers.rows);

    await using client = kafka({ brokers: cluster.brokers });
    await using app = new StreamsApp(topology(), { applicationId: "riders", client });
    await app.start();
    await app.caughtUp();
    expect((await rowsUpTo(app, Infinity)).map(({ key, value }) => [key, value.riders])).toEqual([
      [0, ["4a7c7b41", "4ab5cbad", "8b6eae59"]],
      [10, ["18f4ea86"]],
      [50, ["4ddad000", "c2309eec"]],
    ]);
    const pushed: string[] = [];
    for await (const { profileId } of ridersWithin(app, 5)) if (pushed.push(profileId) === 3) break;
    expect(pushed).toEqual(["4a7c7b41", "4ab5cbad", "8b6eae59"]);
  });
});
