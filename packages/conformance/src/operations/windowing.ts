import {
  windows,
  type EmitOptions,
  type SessionWindows,
  type SlidingWindows,
  type TimeWindows,
  type UnlimitedWindows,
} from "@millrace/streams-core";
import { aggregator } from "../functions/aggregators.js";
import type { JsonObject, Operation } from "../scenario.js";
import { functionIn, has, numberIn, objectIn, objectsIn, textIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import type { CogroupedStreams, OperationTable, Result, Scene } from "./scene.js";

type AnyWindows = TimeWindows | SlidingWindows | SessionWindows | UnlimitedWindows;

function optional<const N extends string>(json: JsonObject, name: N): { readonly [name in N]?: number } {
  return has(json, name) ? ({ [name]: numberIn(json, name) } as { readonly [name in N]?: number }) : {};
}

function windowsIn(json: JsonObject): AnyWindows {
  const grace = optional(json, "graceMs");
  switch (textIn(json, "type")) {
    case "tumbling":
      return windows.tumbling({ sizeMs: numberIn(json, "sizeMs"), ...grace });
    case "hopping":
      return windows.hopping({ sizeMs: numberIn(json, "sizeMs"), advanceMs: numberIn(json, "advanceMs"), ...grace });
    case "sliding":
      return windows.sliding({ timeDifferenceMs: numberIn(json, "timeDifferenceMs"), ...grace });
    case "session":
      return windows.session({ inactivityGapMs: numberIn(json, "inactivityGapMs"), ...grace });
    case "unlimited":
      return windows.unlimited(optional(json, "startMs"));
    default:
      throw new MalformedScenarioError(`unknown windows ${JSON.stringify(json)}`);
  }
}

/** The vectors were recorded without the throttle (README, 3.1). */
function emitOptions(operation: Operation): EmitOptions {
  return operation["emit"] === "onWindowClose" ? { emit: "onWindowClose", emitIntervalMs: 0 } : {};
}

function cogroup(operation: Operation, scene: Scene): Result {
  const groups = objectsIn(operation, "groups").map((group) => ({
    grouped: scene.group({ ...group, op: operation.op }),
    add: aggregator(functionIn(group, "agg")),
  }));
  const [first, ...others] = groups;
  if (first === undefined) throw new MalformedScenarioError("cogroup of nothing");
  const streams: CogroupedStreams = (init) => {
    let cogrouped = first.grouped.cogroup({ init, add: first.add });
    for (const { grouped, add } of others) cogrouped = cogrouped.cogroup(grouped, add);
    return cogrouped;
  };
  return { kind: "cogrouped streams", streams };
}

/** Windows on groups, and groups on top of each other. */
export const windowing: OperationTable = {
  windowedBy(operation, scene) {
    const result = scene.result(operation);
    // Sessions take what the others take, and a merger.
    const by = windowsIn(objectIn(operation, "window")) as SessionWindows;
    if (result.kind === "cogrouped streams") {
      const { streams } = result;
      return { kind: "windowed cogrouped streams", streams: (init) => streams(init).windowedBy(by) };
    }
    return { kind: "windowed stream", windowed: scene.group(operation).windowedBy(by, emitOptions(operation)) };
  },

  cogroup,
};
