import { virtualEnvironment } from "@millrace/kernel/testing";
import { describe, expect, it } from "vitest";
import { AuthorizationError, MissingTopicError, RetriableError } from "../../port/errors.js";
import { tp, type TopicPartition } from "../../port/topic-partition.js";
import { ErrorCode } from "../../protocol/error-codes.js";
import type { Request } from "../../protocol/requests/request.js";
import { connectionSettings } from "../kafka-options.js";
import { askLeaders, type LeaderQuestion } from "./ask-leaders.js";
import { ScriptedTransport, type Leaders } from "./scripted-transport.fixture.js";

type Told = { readonly errorCode: number };
type Telling = ReadonlyMap<TopicPartition, Told>;

const { NONE, NOT_LEADER_OR_FOLLOWER: MOVED, TOPIC_AUTHORIZATION_FAILED: FORBIDDEN } = ErrorCode;
const broken = new RetriableError("The connection broke.");

/** A request that says which partitions it is about. */
interface Naming extends Request<Telling> {
  readonly partitions: readonly TopicPartition[];
}

const question: LeaderQuestion<Told> = {
  what: "Counting the sheep",
  request: (partitions): Naming => ({
    ...{ name: "Count", apiKey: 0, apiVersion: 0, flexible: false, partitions },
    encode: () => Buffer.alloc(0),
    decode: () => new Map(),
  }),
};

/** Asks about partitions of topic t. One step of the script for each request: who leads from then on, and the answer. */
function ask(partitions: readonly number[], leaders: readonly number[], steps: readonly Step[]) {
  const { clock, scheduler, ...environment } = virtualEnvironment();
  const asked: string[] = [];
  const cluster = new ScriptedTransport({ t: leaders }, (node, request) => {
    const step = steps[asked.length] ?? {};
    const about = (request as Naming).partitions;
    asked.push(`${node}: ${about.map(({ partition }) => partition).join(" ")}`);
    if (step.leaders !== undefined) cluster.leaders = step.leaders;
    const { answer = NONE } = step;
    return answer instanceof Error ? answer : new Map(about.map((partition) => [partition, { errorCode: answer }]));
  });
  const settings = connectionSettings({
    ...{ brokers: ["nowhere:1"], environment: { clock, scheduler, ...environment } },
    ...{ apiTimeoutMs: 10_000, retryBackoffMs: 100, retryBackoffMaxMs: 1_000 },
  });
  const about = partitions.map((partition) => tp("t", partition));
  let outcome: unknown = null;
  askLeaders(cluster, settings, about, question).then(
    (answers) => (outcome = [...answers.keys()].map(({ partition }) => partition).sort()),
    (error: unknown) => (outcome = error),
  );
  return {
    cluster,
    clock,
    asked,
    outcome: async () => {
      await scheduler.runUntil(() => outcome !== null);
      return outcome;
    },
  };
}

interface Step {
  readonly leaders?: Leaders;
  readonly answer?: number | Error;
}

describe("a question to leaders", () => {
  it.each<[string, { leaders: number[]; steps: Step[] }, string[]]>([
    ["goes once to each, for all it leads", { leaders: [1, 2, 1], steps: [] }, ["1: 0 2", "2: 1"]],
    [
      "follows a leader that has moved, and asks the others no more",
      { leaders: [1, 2, 1], steps: [{ leaders: { t: [3, 2, 3] }, answer: MOVED }] },
      ["1: 0 2", "2: 1", "3: 0 2"],
    ],
    [
      "is asked again when the connection broke",
      { leaders: [1, 2, 1], steps: [{ answer: broken }, {}, { answer: broken }] },
      ["1: 0 2", "2: 1", "1: 0 2", "1: 0 2"],
    ],
    [
      "waits for a partition to have a leader",
      { leaders: [1, 1, -1], steps: [{ leaders: { t: [1, 1, 2] } }] },
      ["1: 0 1", "2: 2"],
    ],
  ])("%s", async (_, { leaders, steps }, expected) => {
    const { asked, outcome } = ask([0, 1, 2], leaders, steps);
    expect(await outcome()).toEqual([0, 1, 2]);
    expect(asked).toEqual(expected);
  });

  it("without partitions asks nobody", async () => {
    const { asked, outcome } = ask([], [1], []);
    expect(await outcome()).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("that is refused for good is not asked again", async () => {
    const { asked, outcome } = ask([0], [1], [{ answer: FORBIDDEN }]);
    const error = await outcome();
    expect(error).toBeInstanceOf(AuthorizationError);
    expect((error as Error).message).toContain("Counting the sheep of t-0");
    expect(asked).toEqual(["1: 0"]);
  });

  it.each([
    ["a topic", [0], {}],
    ["a partition", [1], { t: [1] }],
  ])("about %s that does not exist says so, after several brokers did", async (_, partitions, leaders) => {
    const { cluster, outcome } = ask(partitions, [], []);
    cluster.leaders = leaders;
    const error = await outcome();
    expect(error).toBeInstanceOf(MissingTopicError);
    expect((error as MissingTopicError).topics).toEqual(["t"]);
    expect(cluster.refreshes).toBe(3);
  });

  it("ends when time is up, with the last failure as its cause", async () => {
    const { asked, clock, outcome } = ask([0], [1], Array<Step>(100).fill({ answer: broken }));
    const error = await outcome();
    expect(error).toBeInstanceOf(RetriableError);
    expect(error).toMatchObject({ message: expect.stringContaining("longer than 10000 ms"), cause: broken });
    expect(clock.monotonicMs()).toBeLessThanOrEqual(10_000);
    // Pauses grow from 0.1 s to 1 s.
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.length).toBeLessThan(20);
  });

  it("ends with the connection", async () => {
    const { cluster, outcome } = ask([0], [-1], []);
    await cluster.close();
    expect(await outcome()).toBe(cluster.closed.reason);
  });
});
