import { sleep } from "@millrace/kernel";
import { virtualEnvironment, type VirtualEnvironment } from "@millrace/kernel/testing";
import { describe, expect, it } from "vitest";
import type { GroupConsumerConfig, GroupMetadata, MemberAssignment } from "../port/consumer.js";
import { GenerationOverError, MemberLostError, RebalanceInProgressError, RetriableError } from "../port/errors.js";
import { tp, type TopicPartition } from "../port/topic-partition.js";
import type { GroupProtocol, JoinRequest, JoinResult } from "./group-protocol.js";
import { MemberLoop } from "./member-loop.js";

const partition = tp("t", 0);
const config: GroupConsumerConfig = {
  ...{ groupId: "g", isolation: "read_committed", offsetReset: { fallback: "earliest" } },
  ...{ sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000 },
};

/** A coordinator that gives the one partition to whoever asks, and can be out of reach. */
class Coordinator implements GroupProtocol {
  /** What every request rejects with, if anything. */
  trouble: Error | null = null;
  /** What the next sync rejects with, if anything. */
  syncTrouble: Error | null = null;
  joins: string[] = [];
  heartbeats = 0;
  left: GroupMetadata[] = [];
  /** Holds joins up while set. */
  barrier: Promise<void> | null = null;
  /** Heartbeats are not answered while set. */
  silent = false;
  #members = 0;

  async join(request: JoinRequest): Promise<JoinResult> {
    this.joins.push(request.memberId);
    this.#fail();
    await this.barrier;
    this.#members++;
    return { memberId: request.memberId || `m${this.#members}`, generation: this.joins.length, members: null };
  }

  async sync(): Promise<MemberAssignment> {
    this.#fail();
    const trouble = this.syncTrouble;
    this.syncTrouble = null;
    if (trouble !== null) throw trouble;
    return { partitions: [partition], userData: null };
  }

  async heartbeat(): Promise<boolean> {
    this.heartbeats++;
    this.#fail();
    if (this.silent) await new Promise(() => undefined);
    return false;
  }

  async leave(member: GroupMetadata): Promise<void> {
    this.left.push(member);
    this.#fail();
  }

  #fail(): void {
    if (this.trouble !== null) throw this.trouble;
  }
}

function member(world: VirtualEnvironment, known = { topics: true }) {
  const coordinator = new Coordinator();
  const events: string[] = [];
  let owned: TopicPartition[] = [];
  const loop = new MemberLoop(
    {
      protocol: coordinator,
      directory: {
        get known() {
          return known.topics;
        },
        names: () => ["t"],
        partitionCount: () => 1,
        view: () => Promise.resolve({ topics: new Map() }),
      },
      owned: {
        partitions: () => owned,
        canAdd: (added) => !owned.includes(added),
        admit: (added) => (owned = [...owned, ...added]),
        start: () => undefined,
        remove: (removed) => (owned = owned.filter((each) => !removed.includes(each))),
      },
      collect: () => [],
    },
    config,
    world,
  );
  const note = (event: string) => (partitions: readonly TopicPartition[]) => {
    events.push(`${event} ${partitions.length}`);
    return Promise.resolve();
  };
  const assignor = {
    ...{ name: "even", version: 0, protocol: "cooperative" as const },
    subscriptionUserData: () => null,
    assign: () => Promise.resolve(new Map()),
    onAssignment: () => undefined,
  };
  loop.subscribe(["t"], assignor, { onAssigned: note("assigned"), onRevoked: note("revoked"), onLost: note("lost") });
  const pollFor = async (ms: number) => {
    const endMs = world.clock.monotonicMs() + ms;
    while (world.clock.monotonicMs() < endMs) await loop.poll(100);
  };
  return { coordinator, events, loop, pollFor };
}

/** Lets virtual time pass until `work` is through. */
async function within<T>(world: VirtualEnvironment, work: Promise<T>): Promise<T> {
  let settled = false;
  const settle = () => (settled = true);
  work.then(settle, settle);
  await world.scheduler.runUntil(() => settled);
  return work;
}

const unreachable = () => new RetriableError("The broker cannot be reached. Try again.");

describe("a member whose coordinator is out of reach", () => {
  it("keeps its partitions for a session, then counts itself as lost, though nobody says so", async () => {
    const world = virtualEnvironment();
    const { coordinator, events, pollFor } = member(world);
    await within(world, pollFor(500));
    coordinator.trouble = unreachable();
    await within(world, pollFor(5_000));
    expect(events).toEqual(["assigned 1"]);
    await within(world, pollFor(3_000));
    expect(events).toEqual(["assigned 1", "lost 1"]);
  });

  it("does so too when a heartbeat is never answered, and beats again as a new member", async () => {
    const world = virtualEnvironment();
    const { coordinator, events, pollFor } = member(world);
    await within(world, pollFor(500));
    coordinator.silent = true;
    await within(world, pollFor(5_000));
    expect(events).toEqual(["assigned 1"]);
    await within(world, pollFor(4_000));
    expect(events).toEqual(["assigned 1", "lost 1", "assigned 1"]);
    coordinator.silent = false;
    coordinator.heartbeats = 0;
    await within(world, pollFor(20_000));
    expect(coordinator.heartbeats).toBeGreaterThan(10);
  });

  it("joins as a new member once the coordinator is back", async () => {
    const world = virtualEnvironment();
    const { coordinator, events, pollFor } = member(world);
    await within(world, pollFor(500));
    coordinator.trouble = unreachable();
    await within(world, pollFor(9_000));
    coordinator.trouble = null;
    await within(world, pollFor(2_000));
    expect(events).toEqual(["assigned 1", "lost 1", "assigned 1"]);
    expect(new Set(coordinator.joins)).toEqual(new Set([""]));
  });

  it("tries to join again and again, with growing pauses, while poll keeps its time and does not throw", async () => {
    const world = virtualEnvironment();
    const { coordinator, events, loop, pollFor } = member(world);
    coordinator.trouble = unreachable();
    const startMs = world.clock.monotonicMs();
    await within(world, loop.poll(70));
    expect(world.clock.monotonicMs() - startMs).toBe(70);
    await within(world, pollFor(10_000));
    expect(coordinator.joins.length).toBeGreaterThan(8);
    expect(coordinator.joins.length).toBeLessThan(20);
    coordinator.trouble = null;
    await within(world, pollFor(1_500));
    expect(events).toEqual(["assigned 1"]);
  });

  it("closes all the same", async () => {
    const world = virtualEnvironment();
    const { coordinator, events, loop, pollFor } = member(world);
    await within(world, pollFor(500));
    coordinator.trouble = unreachable();
    await within(world, loop.close(true));
    expect(events).toEqual(["assigned 1", "revoked 1"]);
    expect(coordinator.left.map(({ memberId }) => memberId)).toEqual(["m1"]);
  });
});

it("joining waits until the topics are known", async () => {
  const world = virtualEnvironment();
  const known = { topics: false };
  const { coordinator, loop, pollFor } = member(world, known);
  await within(world, pollFor(500));
  expect([coordinator.joins, loop.tryPoll()]).toEqual([[], null]);
  known.topics = true;
  loop.membership.topicsChanged();
  await within(world, pollFor(200));
  expect(coordinator.joins).toEqual([""]);
});

it("a lost member keeps its name towards others: offsets must not pass for those of nobody", async () => {
  const world = virtualEnvironment();
  const { coordinator, loop, pollFor } = member(world);
  await within(world, pollFor(500));
  coordinator.barrier = new Promise(() => undefined);
  coordinator.trouble = new MemberLostError("The session ran out. Join again.");
  await within(world, pollFor(1_500));
  coordinator.trouble = null;
  expect(loop.membership.metadata).toMatchObject({ memberId: "m1", generation: 1 });
});

describe("a member whose round of joining came to nothing", () => {
  // As when a coordinator moves between join and sync: the new one knows the generation before, and its members.
  it("joins under its id again when the generation is over: the group would wait for who does not come back", async () => {
    const world = virtualEnvironment();
    const { coordinator, events, loop, pollFor } = member(world);
    await within(world, pollFor(500));
    coordinator.syncTrouble = new GenerationOverError("The group is at generation 1, not 2.");
    loop.membership.requestJoin();
    await within(world, pollFor(500));
    expect(coordinator.joins).toEqual(["", "m1", "m1"]);
    expect(events).toEqual(["assigned 1", "lost 1", "assigned 1"]);
  });

  it("asks for a new id when the group does not know it", async () => {
    const world = virtualEnvironment();
    const { coordinator, events, loop, pollFor } = member(world);
    await within(world, pollFor(500));
    coordinator.syncTrouble = new MemberLostError("m1 is no member any more.");
    loop.membership.requestJoin();
    await within(world, pollFor(500));
    expect(coordinator.joins).toEqual(["", "m1", ""]);
    expect(events).toEqual(["assigned 1", "lost 1", "assigned 1"]);
  });
});

describe("a commit refused as a former member's", () => {
  const refused = new MemberLostError("The generation is over.");

  it("means that a rebalance goes on while the member is about to join", async () => {
    const world = virtualEnvironment();
    const { loop, pollFor } = member(world);
    await within(world, pollFor(500));
    loop.membership.requestJoin();
    const { metadata } = loop.membership;
    expect(loop.membership.commitFailure(refused, metadata)).toBeInstanceOf(RebalanceInProgressError);
  });

  it("means that the member is lost otherwise, which it then acts on at once", async () => {
    const world = virtualEnvironment();
    const { events, loop, pollFor } = member(world);
    await within(world, pollFor(500));
    expect(loop.membership.commitFailure(refused, loop.membership.metadata)).toBe(refused);
    await within(world, pollFor(200));
    expect(events).toEqual(["assigned 1", "lost 1", "assigned 1"]);
  });
});

it("a join that is through after close leaves the group again", async () => {
  const world = virtualEnvironment();
  const { coordinator, loop } = member(world);
  let open: () => void = () => undefined;
  coordinator.barrier = new Promise((resolve) => (open = resolve));
  await within(world, loop.poll(50));
  await within(world, loop.close(true));
  open();
  await within(world, sleep(world.scheduler, 10));
  expect(coordinator.left.map(({ memberId }) => memberId)).toEqual(["", "m1"]);
});
