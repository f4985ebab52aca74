import { unpackPlacements, type InstancePlacement, type PackedPlacements } from "./instance-placement.js";
import { decodeWireJson, encodeWireJson, stringsOf } from "./wire-json.js";

/** What the leader tells a member with its partitions. */
export interface AssignmentData {
  /** It runs tasks that are to move: when it has let go of them, another round must give them away. */
  readonly letsGo: boolean;
  /** It is to ask for another round after a while: tasks wait for copies of their state to catch up. */
  readonly probes: boolean;
  /** Names of the tasks whose changelogs it is to follow. */
  readonly standby: readonly string[];
  /** Those of them that are to be its own once they have caught up. */
  readonly warmUp: readonly string[];
  /** Set: the leader is older, reads no newer version than this of what members say, and must be told again. */
  readonly speakVersion: number | null;
  /** The instances that can be asked for their stores, and what they hold. */
  readonly instances: readonly InstancePlacement[];
}

/** As it is before anything was assigned. */
export const NOTHING_SAID: AssignmentData = {
  letsGo: false,
  probes: false,
  standby: [],
  warmUp: [],
  speakVersion: null,
  instances: [],
};

/** Null when there is nothing to tell. `placements` are the same for all members, so they are packed once. */
export function encodeAssignmentData(
  data: Omit<AssignmentData, "instances">,
  placements: PackedPlacements | null,
): Uint8Array | null {
  const { letsGo, probes, standby, warmUp, speakVersion } = data;
  const wire = {
    ...(letsGo ? { letsGo } : {}),
    ...(probes ? { probes } : {}),
    ...(standby.length === 0 ? {} : { standby }),
    ...(warmUp.length === 0 ? {} : { warmUp }),
    ...(speakVersion === null ? {} : { speakVersion }),
    ...(placements === null ? {} : { placements }),
  };
  return Object.keys(wire).length === 0 ? null : encodeWireJson(wire);
}

/** What cannot be read says nothing. */
export function decodeAssignmentData(bytes: Uint8Array | null): AssignmentData {
  const wire = decodeWireJson(bytes);
  if (wire === null) return NOTHING_SAID;
  const speakVersion = wire["speakVersion"];
  return {
    letsGo: wire["letsGo"] === true,
    probes: wire["probes"] === true,
    standby: stringsOf(wire["standby"]) ?? [],
    warmUp: stringsOf(wire["warmUp"]) ?? [],
    speakVersion: typeof speakVersion === "number" ? speakVersion : null,
    instances: unpackPlacements(wire["placements"]),
  };
}
