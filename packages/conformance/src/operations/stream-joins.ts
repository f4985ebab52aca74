import type { OuterStreamJoinOptions } from "@millrace/streams-core";
import { joiner } from "../functions/joiners.js";
import type { JsonObject, Operation } from "../scenario.js";
import { functionIn, has, numberIn, objectIn, serdeNameIn, textIn } from "../values/fields.js";
import { serdeNamed } from "../values/serde-named.js";
import { named, storeSettings, type StoreDefaults } from "./options.js";
import { asStream, type Result, type Scene } from "./scene.js";

type Options = OuterStreamJoinOptions<never, never, never, never>;

/** Joins the streams `left` and `right` by time. */
export function joinStreams(verb: "join" | "leftJoin" | "outerJoin", operation: Operation, scene: Scene): Result {
  const left = scene.stream(operation, "left");
  const right = scene.stream(operation, "right");
  const join = joiner(functionIn(operation, "joiner"));
  const options = streamJoinOptions(operation, scene.storeDefaults);
  switch (verb) {
    case "join":
      return asStream(left.join(right, join, options));
    case "leftJoin":
      return asStream(left.leftJoin(right, join, options));
    case "outerJoin":
      return asStream(left.outerJoin(right, join, options));
  }
}

function streamJoinOptions(operation: Operation, defaults: StoreDefaults): Options {
  const window = objectIn(operation, "window");
  const joined = has(operation, "streamJoined") ? objectIn(operation, "streamJoined") : {};
  return {
    timeDifferenceMs: numberIn(window, "timeDifferenceMs"),
    ...given(window, "graceMs"),
    ...given(window, "beforeMs"),
    ...given(window, "afterMs"),
    ...named(joined),
    ...serdeOf(joined, "key", "key"),
    ...serdeOf(joined, "value", "leftValue"),
    ...serdeOf(joined, "otherValue", "rightValue"),
    ...(has(joined, "storeName") ? { storeName: textIn(joined, "storeName") } : {}),
    ...storeSettings(joined),
    ...(joined["storeType"] === "in_memory" ? { engine: "memory" } : defaults),
    // The scenarios were recorded with a look at every record.
    emitIntervalMs: 0,
  };
}

function given(window: JsonObject, field: string): Partial<Options> {
  return has(window, field) ? { [field]: numberIn(window, field) } : {};
}

function serdeOf(joined: JsonObject, field: string, option: string): Partial<Options> {
  const name = serdeNameIn(joined, field);
  return name === null ? {} : { [option]: serdeNamed(name) };
}
