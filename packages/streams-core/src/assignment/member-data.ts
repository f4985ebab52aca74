/** What a member tells the leader with its subscription. */
export interface MemberData {
  /** Stable over the life of the process that the member is part of. */
  readonly processId: string;
  /** Names of the tasks it runs. */
  readonly running: readonly string[];
  /** Tasks with local state, open or not, and the sum of the offsets their stores have reached. */
  readonly stateOffsets: ReadonlyMap<string, number>;
  /**
   * Generation of the last assignment by which it was to let go of tasks; -1: none. A group begins another round for a
   * member that is not its leader only if the member has something new to say.
   */
  readonly letGoGeneration: number;
}

const VERSION = 1;
const NO_GENERATION = -1;

interface WireForm {
  readonly version: number;
  readonly processId: string;
  readonly running: readonly string[];
  readonly state: Readonly<Record<string, number>>;
  /** Not there: none. */
  readonly letGoGeneration?: number;
}

/** JSON with a version, so that members of a rolling upgrade can tell what they cannot read. */
export function encodeMemberData(data: MemberData): Uint8Array {
  const wire: WireForm = {
    version: VERSION,
    processId: data.processId,
    running: data.running,
    state: Object.fromEntries(data.stateOffsets),
    ...(data.letGoGeneration < 0 ? {} : { letGoGeneration: data.letGoGeneration }),
  };
  return Buffer.from(JSON.stringify(wire));
}

/** Null for bytes of another version or of somebody else: the member is then assigned tasks as one that has nothing. */
export function decodeMemberData(bytes: Uint8Array | null): MemberData | null {
  if (bytes === null) return null;
  const wire = parsed(bytes);
  if (!isWireForm(wire)) return null;
  const { processId, running, state, letGoGeneration = NO_GENERATION } = wire;
  return { processId, running, stateOffsets: new Map(Object.entries(state)), letGoGeneration };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return null;
  }
}

function isWireForm(value: unknown): value is WireForm {
  if (typeof value !== "object" || value === null) return false;
  const { version, processId, running, state, letGoGeneration } = value as Partial<Record<keyof WireForm, unknown>>;
  return (
    version === VERSION &&
    typeof processId === "string" &&
    Array.isArray(running) &&
    running.every((task) => typeof task === "string") &&
    typeof state === "object" &&
    state !== null &&
    Object.values(state).every((offset) => typeof offset === "number") &&
    (letGoGeneration === undefined || typeof letGoGeneration === "number")
  );
}
