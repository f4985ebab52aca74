import { murmur2, partitionOfKey } from "@millrace/streams-core";
import type { BytesCase, BytesScenario, JsonObject, SerdeName } from "./scenario.js";
import { numberIn, serdeNameIn, textIn } from "./values/fields.js";
import { fromHex, toHex } from "./values/hex.js";
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
      return { value: hex === null ? null : toJson(serdeNamed(serdeOf(kase)).deserialize("topic", fromHex(String(hex)))) };
    }
    case "murmur2":
      return { hash: murmur2(fromHex(textIn(kase, "hex"))) };
    case "partition":
      return { partition: partitionOfKey(fromHex(textIn(kase, "hex")), numberIn(kase, "partitions")) };
    default:
      throw new MalformedScenarioError(`unknown codec ${kase.do}`);
  }
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
