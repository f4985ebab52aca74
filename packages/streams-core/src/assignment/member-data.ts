import { decodeWireJson, encodeWireJson, recordOf, stringsOf } from "./wire-json.js";

/** What a member tells the leader with its subscription. */
export interface MemberData {
  /** Stable over the life of the process that the member is part of. */
  readonly processId: string;
  /** Where its process answers queries, such as `example.org:8080`; null: nowhere. */
  readonly host: string | null;
  /** Where it runs, such as `{ zone: "a" }`. */
  readonly tags: Readonly<Record<string, string>>;
  /** Names of the tasks it owns whose state is still being restored. */
  readonly restoring: readonly string[];
  /** Names of the tasks whose changelogs it follows. */
  readonly standby: readonly string[];
  /** Tasks with local state, open or not, and the sum of the offsets their stores have reached. */
  readonly stateOffsets: ReadonlyMap<string, number>;
  /**
   * Generation in which it last asked for another round by itself; -1: never. A group begins one for a member that is
   * not its leader only if the member has something new to say.
   */
  readonly askedGeneration: number;
}

/** What could be read of a member's data: all, only that a newer member wrote it, or nothing. */
export type ReadMemberData = { readonly data: MemberData } | { readonly newer: number } | null;

/** The newest version this program speaks: written by it, and read with all before it. */
export const NEWEST_VERSION = 1;
const NO_GENERATION = -1;

/**
 * JSON with a version, so that members of a rolling upgrade can tell what they cannot read. A new version is one that
 * older readers would misunderstand; what they may overlook is simply added.
 */
export function encodeMemberData(data: MemberData, version = NEWEST_VERSION): Uint8Array {
  const { processId, host, tags, restoring, standby, stateOffsets, askedGeneration } = data;
  return encodeWireJson({
    version,
    processId,
    state: Object.fromEntries(stateOffsets),
    ...(host === null ? {} : { host }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(restoring.length === 0 ? {} : { restoring }),
    ...(standby.length === 0 ? {} : { standby }),
    ...(askedGeneration < 0 ? {} : { askedGeneration }),
  });
}

/** Null for bytes of somebody else: the member is then assigned tasks as one that has nothing. */
export function decodeMemberData(bytes: Uint8Array | null, newest = NEWEST_VERSION): ReadMemberData {
  const wire = decodeWireJson(bytes);
  const version = wire?.["version"];
  if (wire === null || typeof version !== "number") return null;
  if (version > newest) return { newer: version };
  const parts = partsOf(wire);
  if (!isSound(parts)) return null;
  const { state, ...rest } = parts;
  return { data: { ...rest, stateOffsets: new Map(Object.entries(state)) } };
}

function partsOf(wire: Readonly<Record<string, unknown>>): { readonly [Part in keyof Parts]: unknown } {
  const { processId, host = null, askedGeneration = NO_GENERATION, tags = {}, restoring = [], standby = [] } = wire;
  return {
    processId,
    host: host === null || isText(host) ? host : undefined,
    tags: recordOf(tags, isText) ?? undefined,
    restoring: stringsOf(restoring) ?? undefined,
    standby: stringsOf(standby) ?? undefined,
    state: recordOf(wire["state"], isNumber) ?? undefined,
    askedGeneration,
  };
}

interface Parts extends Omit<MemberData, "stateOffsets"> {
  readonly state: Readonly<Record<string, number>>;
}

/** Parts that are not what they should be are undefined. */
function isSound(parts: { readonly [Part in keyof Parts]: unknown }): parts is Parts {
  return isText(parts.processId) && isNumber(parts.askedGeneration) && !Object.values(parts).includes(undefined);
}

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
