import { compareText, type AssignableMember, type AssignableTask } from "./assignable.js";

/** The members of one process, which share its state. */
export interface ProcessView {
  readonly processId: string;
  /** In order of their ids. */
  readonly members: readonly AssignableMember[];
  /** Tasks its members own. */
  readonly running: ReadonlySet<string>;
  /** Those of them that have all of their state. */
  readonly complete: ReadonlySet<string>;
  readonly stateOffsets: ReadonlyMap<string, number>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Groups members by process, in the order of the processes' ids. */
export function processesOf(members: readonly AssignableMember[]): readonly ProcessView[] {
  const byProcess = new Map<string, AssignableMember[]>();
  for (const member of [...members].sort((a, b) => compareText(a.memberId, b.memberId))) {
    const known = byProcess.get(member.processId);
    if (known === undefined) byProcess.set(member.processId, [member]);
    else known.push(member);
  }
  return [...byProcess]
    .sort(([a], [b]) => compareText(a, b))
    .map(([processId, own]) => ({
      processId,
      members: own,
      running: new Set(own.flatMap(({ running }) => running)),
      complete: new Set(own.flatMap(({ running, restoring }) => running.filter((name) => !restoring.includes(name)))),
      stateOffsets: furthest(own),
      tags: own[0]?.tags ?? {},
    }));
}

/** Below every lag there is: the task runs there. */
const RUNS_HERE = -1;
/** Above every lag there is; finite, as lags are subtracted. */
const UNKNOWN_LAG = Number.MAX_SAFE_INTEGER;

/**
 * Records a process lacks of a task's state; negative when the task runs there. Without known ends whoever has some
 * state counts as one that has it all, and others have nothing.
 */
export function lagOf(process: ProcessView, task: AssignableTask): number {
  if (process.complete.has(task.name)) return RUNS_HERE;
  const offset = process.stateOffsets.get(task.name);
  const end = task.endOffsetSum;
  if (end === null) return offset === undefined ? UNKNOWN_LAG : 0;
  // Further than the changelogs go: they were made anew, and the state is of no use.
  if (offset === undefined || offset > end) return end;
  return end - offset;
}

function furthest(members: readonly AssignableMember[]): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  for (const { stateOffsets } of members) {
    for (const [task, offset] of stateOffsets) offsets.set(task, Math.max(offset, offsets.get(task) ?? 0));
  }
  return offsets;
}
