import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignTasks, type AssignableMember, type AssignableTask } from "./assign-tasks.js";

const task = (subtopology: number, partition: number): AssignableTask => ({
  name: `${subtopology}_${partition}`,
  subtopology,
});

const tasks = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 0, maxLength: 4 })
  .map((counts) =>
    counts.flatMap((count, subtopology) => Array.from({ length: count }, (_, p) => task(subtopology, p))),
  );

/** Members that run disjoint sets of tasks, some of them gone since, with state of some tasks. */
const group = fc.record({
  tasks,
  memberCount: fc.integer({ min: 1, max: 5 }),
  owners: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 24, maxLength: 24 }),
  offsets: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 120, maxLength: 120 }),
});

function membersOf(input: {
  readonly tasks: readonly AssignableTask[];
  readonly memberCount: number;
  readonly owners: readonly number[];
  readonly offsets: readonly number[];
}): AssignableMember[] {
  return Array.from({ length: input.memberCount }, (_, member) => ({
    memberId: `m${member}`,
    running: input.tasks.filter((_, at) => input.owners[at] === member).map(({ name }) => name),
    stateOffsets: new Map(
      input.tasks
        .map(({ name }, at): [string, number] => [name, input.offsets[member * 24 + at]!])
        .filter(([, offset]) => offset >= 0),
    ),
  }));
}

function owned(assignment: ReadonlyMap<string, readonly AssignableTask[]>): Record<string, string[]> {
  return Object.fromEntries([...assignment].map(([id, share]) => [id, share.map(({ name }) => name).sort()]));
}

describe("An assignment of tasks", () => {
  it("gives every task to one member, and shares that differ by one at most", () => {
    fc.assert(
      fc.property(group, (input) => {
        const shares = [...assignTasks(input.tasks, membersOf(input)).values()];
        const given = shares
          .flat()
          .map(({ name }) => name)
          .sort();
        const sizes = shares.map((share) => share.length);
        expect(given).toEqual(input.tasks.map(({ name }) => name).sort());
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("moves as few running tasks as balance allows", () => {
    fc.assert(
      fc.property(group, (input) => {
        const members = membersOf(input);
        const assignment = assignTasks(input.tasks, members);
        const kept = members.reduce((sum, { memberId, running }) => {
          const share = new Set(assignment.get(memberId)!.map(({ name }) => name));
          return sum + running.filter((name) => share.has(name)).length;
        }, 0);
        expect(kept).toBe(
          mostThatCanStay(
            input.tasks.length,
            members.map(({ running }) => running.length),
          ),
        );
      }),
    );
  });

  it("stays as it is when nothing changes, and does not depend on the order of its input", () => {
    fc.assert(
      fc.property(group, (input) => {
        const members = membersOf(input);
        const first = assignTasks(input.tasks, members);
        const settled = members.map((member) => ({
          ...member,
          running: first.get(member.memberId)!.map(({ name }) => name),
        }));
        expect(owned(assignTasks(input.tasks, settled))).toEqual(owned(first));
        const reversed = assignTasks([...input.tasks].reverse(), [...members].reverse());
        expect(owned(reversed)).toEqual(owned(first));
      }),
    );
  });
});

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
