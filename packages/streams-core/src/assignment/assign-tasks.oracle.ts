import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AssignableMember, AssignableTask, AssignmentRules, TaskAssignment } from "./assignable.js";
import { propertyCases } from "../testing/property-cases.js";
import { assignTasks } from "./assign-tasks.js";

const RULES: AssignmentRules = { standbyReplicas: 0, acceptableRecoveryLag: 100, maxWarmupReplicas: 2 };
const END = 1_000;
const TASKS_MAX = 24;

const tasks = fc
  .array(fc.record({ partitions: fc.integer({ min: 1, max: 6 }), stateful: fc.boolean() }), {
    minLength: 0,
    maxLength: 4,
  })
  .map((subtopologies) =>
    subtopologies.flatMap(({ partitions, stateful }, subtopology) =>
      Array.from({ length: partitions }, (_, partition): AssignableTask => ({
        name: `${subtopology}_${partition}`,
        subtopology,
        stateful,
        endOffsetSum: stateful ? END : 0,
      })),
    ),
  );

/** Members in processes, that run disjoint sets of tasks, some of them gone since, with state of some tasks. */
const group = fc.record({
  tasks,
  processOf: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
  owners: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: TASKS_MAX, maxLength: TASKS_MAX }),
  offsets: fc.array(fc.integer({ min: -END, max: END }), { minLength: TASKS_MAX * 4, maxLength: TASKS_MAX * 4 }),
  standbyReplicas: fc.integer({ min: 0, max: 3 }),
  zones: fc.array(fc.constantFrom("a", "b", "c"), { minLength: 4, maxLength: 4 }),
});

interface Group {
  readonly tasks: readonly AssignableTask[];
  readonly processOf: readonly number[];
  readonly owners: readonly number[];
  readonly offsets: readonly number[];
  readonly zones: readonly string[];
}

function membersOf(input: Group, alone = false): AssignableMember[] {
  return input.processOf.map((drawn, member) => {
    const process = alone ? member % 4 : drawn;
    const offsets = input.tasks
      .map(({ name, stateful }, at): [string, number] => [
        name,
        stateful ? input.offsets[process * TASKS_MAX + at]! : -1,
      ])
      .filter(([, offset]) => offset >= 0);
    return {
      memberId: `m${member}`,
      processId: `p${alone ? member : process}`,
      running: input.tasks.filter((_, at) => input.owners[at] === member).map(({ name }) => name),
      restoring: [],
      standby: [],
      stateOffsets: new Map(offsets),
      tags: { zone: input.zones[process]! },
    };
  });
}

function owned({ shares }: TaskAssignment<AssignableTask>): Record<string, string[][]> {
  const names = (share: readonly AssignableTask[]): string[] => share.map(({ name }) => name).sort();
  return Object.fromEntries(
    [...shares].map(([id, { active, standby, warmUp }]) => [id, [names(active), names(standby), names(warmUp)]]),
  );
}

/** The members as they are when they have done as they were told, and every copy has caught up. */
function after(members: readonly AssignableMember[], assignment: TaskAssignment<AssignableTask>): AssignableMember[] {
  const stateOf = new Map<string, Map<string, number>>();
  for (const { processId, memberId, stateOffsets } of members) {
    const state = stateOf.get(processId) ?? new Map<string, number>();
    stateOf.set(processId, state);
    for (const [task, offset] of stateOffsets) state.set(task, Math.max(offset, state.get(task) ?? 0));
    const { active, standby } = assignment.shares.get(memberId)!;
    for (const task of [...active, ...standby]) if (task.stateful) state.set(task.name, END);
  }
  return members.map((member) => ({
    ...member,
    running: assignment.shares.get(member.memberId)!.active.map(({ name }) => name),
    standby: assignment.shares.get(member.memberId)!.standby.map(({ name }) => name),
    stateOffsets: stateOf.get(member.processId)!,
  }));
}

describe("An assignment of tasks", () => {
  it("gives every task to one member", () => {
    fc.assert(
      fc.property(group, (input) => {
        const { shares } = assignTasks(input.tasks, membersOf(input), { ...RULES, ...input });
        const given = [...shares.values()].flatMap(({ active }) => active.map(({ name }) => name));
        expect(given.sort()).toEqual(input.tasks.map(({ name }) => name).sort());
      }),
      { numRuns: propertyCases() },
    );
  });

  it("gives even shares, of tasks with state as well as of all, where every process has caught up", () => {
    fc.assert(
      fc.property(group, (input) => {
        const shares = [...settled(input, membersOf(input), 0).shares.values()].map(({ active }) => active);
        for (const counted of [shares, shares.map((share) => share.filter(({ stateful }) => stateful))]) {
          const sizes = counted.map((share) => share.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: propertyCases() },
    );
  });

  it("moves as few running tasks as balance allows", () => {
    fc.assert(
      fc.property(group, (input) => {
        const stateful = input.tasks.map((task) => ({ ...task, stateful: true, endOffsetSum: 0 }));
        const members = membersOf(input, true);
        const { shares } = assignTasks(stateful, members, RULES);
        const kept = members.reduce((sum, { memberId, running }) => {
          const share = new Set(shares.get(memberId)!.active.map(({ name }) => name));
          return sum + running.filter((name) => share.has(name)).length;
        }, 0);
        const counts = members.map(({ running }) => running.length);
        expect(kept).toBe(mostThatCanStay(input.tasks.length, counts));
      }),
      { numRuns: propertyCases() },
    );
  });

  it("lets no task with state go to a process that has not caught up, if another has come further", () => {
    fc.assert(
      fc.property(group, (input) => {
        const members = membersOf(input);
        const { shares } = assignTasks(input.tasks, members, { ...RULES, ...input });
        for (const { memberId, processId } of members) {
          for (const task of shares.get(memberId)!.active.filter(({ stateful }) => stateful)) {
            const lacks = (process: string): number =>
              Math.min(
                ...members
                  .filter((member) => member.processId === process)
                  .map(({ running, stateOffsets }) =>
                    running.includes(task.name) ? -1 : END - (stateOffsets.get(task.name) ?? 0),
                  ),
              );
            const least = Math.min(...members.map((member) => lacks(member.processId)));
            expect(lacks(processId)).toBeLessThanOrEqual(Math.max(least, RULES.acceptableRecoveryLag));
          }
        }
      }),
      { numRuns: propertyCases() },
    );
  });

  it("puts as many standbys as asked for where nothing else of the task is, and no more warm-ups than allowed", () => {
    fc.assert(
      fc.property(group, (input) => {
        const members = membersOf(input);
        const { shares } = assignTasks(input.tasks, members, { ...RULES, ...input });
        const processes = new Set(members.map(({ processId }) => processId)).size;
        let beyond = 0;
        for (const task of input.tasks) {
          const holders = members.flatMap(({ memberId, processId }) => {
            const { active, standby } = shares.get(memberId)!;
            return [...active, ...standby].includes(task) ? [processId] : [];
          });
          expect(new Set(holders).size).toBe(holders.length);
          const wanted = task.stateful ? Math.min(input.standbyReplicas, processes - 1) : 0;
          expect(holders.length - 1).toBeGreaterThanOrEqual(wanted);
          beyond += holders.length - 1 - wanted;
        }
        expect(beyond).toBeLessThanOrEqual(RULES.maxWarmupReplicas);
      }),
      { numRuns: propertyCases() },
    );
  });

  it("ends, repeated, in a balance, and stays there", () => {
    fc.assert(
      fc.property(group, (input) => {
        const members = membersOf(input);
        const last = settled(input, members, input.standbyReplicas);
        const again = assignTasks(input.tasks, after(members, last), { ...RULES, ...input });
        expect(owned(again)).toEqual(owned(last));
        expect(again.settled).toBe(true);
      }),
      { numRuns: propertyCases() },
    );
  });

  it("spreads standbys evenly over processes of one member each", () => {
    fc.assert(
      fc.property(group, fc.integer({ min: 0, max: 2 }), (input, standbyReplicas) => {
        const alone = membersOf(input, true).map((member) => ({ ...member, tags: {} }));
        const { shares } = assignTasks(input.tasks, alone, { ...RULES, standbyReplicas, maxWarmupReplicas: 0 });
        // Where tasks wait in one process for another to catch up, that one cannot hold standbys of them.
        const actives = [...shares.values()].map(({ active }) => active.filter(({ stateful }) => stateful).length);
        fc.pre(Math.max(...actives) - Math.min(...actives) <= 1);
        const sizes = [...shares.values()].map(({ standby }) => standby.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { numRuns: propertyCases() },
    );
  });

  it("keeps standbys off the zone of the task wherever there is another zone", () => {
    fc.assert(
      fc.property(group, (input) => {
        const members = membersOf(input, true);
        const { shares } = assignTasks(input.tasks, members, { ...RULES, standbyReplicas: 1, maxWarmupReplicas: 0 });
        for (const { memberId, tags } of members) {
          for (const task of shares.get(memberId)!.active.filter(({ stateful }) => stateful)) {
            const elsewhere = members.filter((member) => shares.get(member.memberId)!.standby.includes(task));
            if (members.some((member) => member.tags["zone"] !== tags["zone"])) {
              expect(elsewhere.map((member) => member.tags["zone"])).not.toContain(tags["zone"]);
            }
          }
        }
      }),
      { numRuns: propertyCases() },
    );
  });

  it("does not depend on the order of its input", () => {
    fc.assert(
      fc.property(group, (input) => {
        const members = membersOf(input);
        const rules = { ...RULES, ...input };
        const first = assignTasks(input.tasks, members, rules);
        const reversed = assignTasks([...input.tasks].reverse(), [...members].reverse(), rules);
        expect(owned(reversed)).toEqual(owned(first));
      }),
      { numRuns: propertyCases() },
    );
  });
});

describe("10,000 tasks of 100 members", () => {
  const many = Array.from({ length: 10_000 }, (_, partition): AssignableTask => ({
    ...{ name: `0_${partition}`, subtopology: 0, stateful: true, endOffsetSum: END },
  }));
  const fresh = (id: string): AssignableMember => ({
    ...{ memberId: id, processId: id, running: [], restoring: [], standby: [] },
    ...{ stateOffsets: new Map(), tags: {} },
  });
  const rules = { ...RULES, standbyReplicas: 1, maxWarmupReplicas: 50 };

  it("are even again, a copy each, a few rounds after one member goes and another comes", () => {
    let members = Array.from({ length: 100 }, (_, at) => fresh(`m${at}`));
    members = after(members, assignTasks(many, members, rules)).filter(({ memberId }) => memberId !== "m7");
    const gone = assignTasks(many, members, rules);
    const most = Math.max(...[...gone.shares.values()].map(({ active }) => active.length));
    expect(most).toBeLessThanOrEqual(105);
    members = [...after(members, gone), fresh("new")];
    let assignment = assignTasks(many, members, rules);
    for (let round = 0; !assignment.settled; round++) {
      expect(round).toBeLessThan(5);
      members = after(members, assignment);
      assignment = assignTasks(many, members, rules);
    }
    const shares = [...assignment.shares.values()];
    expect(shares.every(({ active, standby }) => active.length === 100 && standby.length === 100)).toBe(true);
  });
});

/** Assigns, has everybody catch up, assigns again, until it is settled. */
function settled(
  input: Group,
  start: readonly AssignableMember[],
  standbyReplicas: number,
): TaskAssignment<AssignableTask> {
  let members = start;
  for (let round = 0; round <= TASKS_MAX; round++) {
    const assignment = assignTasks(input.tasks, members, { ...RULES, standbyReplicas });
    if (assignment.settled) return assignment;
    members = after(members, assignment);
  }
  throw new Error(`Not settled after ${TASKS_MAX} rounds.`);
}

/** Tried over all ways to give the larger shares away: the sum of what fits. */
function mostThatCanStay(taskCount: number, running: readonly number[]): number {
  const least = Math.floor(taskCount / running.length);
  const extra = taskCount % running.length;
  let best = 0;
  for (let choice = 0; choice < 1 << running.length; choice++) {
    const larger = running.filter((_, at) => (choice & (1 << at)) !== 0).length;
    if (larger !== extra) continue;
    const kept = running.reduce((sum, count, at) => sum + Math.min(count, least + ((choice >> at) & 1)), 0);
    best = Math.max(best, kept);
  }
  return best;
}
