import { murmur2, partitionOfKey, serdes } from "@millrace/streams-core";
import {
  Change,
  changeSerde,
  murmur3,
  sessionStoreKey,
  timeFirstWindowKey,
  timestampedValue,
  windowStoreKey,
} from "@millrace/streams-core/formats";
import type { BytesCase, BytesScenario, JsonObject, SerdeName } from "./scenario.js";
import { has, numberIn, serdeNameIn, textIn } from "./values/fields.js";
import { fromHex, toHex, toHexOrNull } from "./values/hex.js";
import { fromJson, toJson } from "./values/json-value.js";
import { defaultSerde, serdeNamed } from "./values/serde-named.js";
import { MalformedScenarioError } from "./values/malformed-scenario-error.js";

/** Runs each case. One that throws gives `{ error }` with the expected class, since only the failing counts. */
export function runBytes(scenario: BytesScenario): readonly JsonObject[] {
  return scenario.cases.map((kase, i) => {
    try {
      return runCase(kase);
    } catch (error) {
      if (error instanceof MalformedScenarioError) throw error;
      return { error: scenario.expect.cases[i]?.["error"] ?? String(error) };
    }
  });
}

function runCase(kase: BytesCase): JsonObject {
  switch (kase.do) {
    case "serialize":
      return serialized(kase);
    case "deserialize": {
      const { hex = null } = kase;
      return {
        value: hex === null ? null : toJson(serdeNamed(serdeOf(kase)).deserialize("topic", fromHex(String(hex)))),
      };
    }
    case "murmur2":
      return { hash: murmur2(fromHex(textIn(kase, "hex"))) };
    case "partition":
      return { partition: partitionOfKey(fromHex(textIn(kase, "hex")), numberIn(kase, "partitions")) };
    case "murmur3":
      return { hash: words(toHex(murmur3(hexIn(kase, "hex")))) };
    case "timestampedValue":
      return { hex: toHexOrNull(timestampedValue(hexOrNull(kase, "valueHex"), numberIn(kase, "timestamp"))) };
    case "change": {
      const change = new Change(hexOrNull(kase, "newHex"), hexOrNull(kase, "oldHex"));
      return { hex: toHex(changeSerde(serdes.bytes).serialize("topic", change)) };
    }
    default:
      return storeKey(kase);
  }
}

function storeKey(kase: BytesCase): JsonObject {
  switch (kase.do) {
    case "windowStoreKey":
      return {
        hex: toHex(windowStoreKey(hexIn(kase, "keyHex"), numberIn(kase, "timestamp"), numberIn(kase, "seqnum"))),
      };
    case "timeFirstWindowKey":
      return {
        hex: toHex(timeFirstWindowKey(hexIn(kase, "keyHex"), numberIn(kase, "timestamp"), numberIn(kase, "seqnum"))),
      };
    case "sessionStoreKey":
      return { hex: toHex(sessionStoreKey(hexIn(kase, "keyHex"), numberIn(kase, "start"), numberIn(kase, "end"))) };
    default:
      throw new MalformedScenarioError(`unknown codec ${kase.do}`);
  }
}

/** Two words of 64 bits, without leading zeros. */
function words(hex: string): readonly string[] {
  return [hex.slice(0, 16), hex.slice(16)].map((word) => BigInt(`0x${word}`).toString(16));
}

function hexIn(kase: BytesCase, field: string): Uint8Array {
  return fromHex(textIn(kase, field));
}

function hexOrNull(kase: BytesCase, field: string): Uint8Array | null {
  return has(kase, field) ? hexIn(kase, field) : null;
}

function serialized(kase: BytesCase): JsonObject {
  const name = serdeOf(kase);
  const serde = serdeNamed(name);
  const value = fromJson(kase["value"], name);
  if (value === null) return { hex: null, back: null };
  const bytes = serde.serialize("topic", value);
  return { hex: toHex(bytes), back: toJson(serde.deserialize("topic", bytes)) };
}

/** 64-bit numbers beyond 2^53 are among the cases: they are read and written as bigints. */
function serdeOf(kase: BytesCase): SerdeName {
  const name = serdeNameIn(kase, "serde") ?? defaultSerde;
  return name === "long" ? "bigint" : name;
}
