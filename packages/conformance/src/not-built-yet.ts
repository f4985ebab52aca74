import type { BytesScenario, Json, JsonObject, Scenario, TopologyScenario } from "./scenario.js";
import { isObject } from "./values/fields.js";

/**
 * Words of the format that the library has no counterpart for yet: operators, stores, serdes, functions and settings.
 * A scenario that uses one is skipped and counted under it; every other scenario must pass. Take a word out when what
 * it stands for is built.
 */
const NOT_BUILT_YET: ReadonlySet<string> = new Set([
]);

/** The words that keep the scenario from being run; empty for a scenario that must pass. */
export function wordsNotBuiltYet(scenario: Scenario): readonly string[] {
  const words = scenario.kind === "bytes" ? wordsOfBytes(scenario) : wordsOfTopology(scenario);
  return [...new Set(words)].filter((word) => NOT_BUILT_YET.has(word));
}

function wordsOfBytes({ cases }: BytesScenario): string[] {
  return cases.flatMap((kase) => [kase.do, ...typesIn(kase)]);
}

function wordsOfTopology({ topology, config = {} }: TopologyScenario): string[] {
  const settings = Object.keys(config).filter((name) => config[name] !== "none");
  return [...topology.flatMap((operation) => [operation.op, ...typesIn(operation)]), ...settings];
}

/** Every `type` anywhere inside: of stores, serdes and windows, and of suppliers under a word of their own as well. */
function typesIn(json: Json | undefined): string[] {
  if (Array.isArray(json)) return json.flatMap(typesIn);
  if (!isObject(json)) return [];
  const { type, supplier } = json as JsonObject;
  const words = Object.values(json).flatMap(typesIn);
  if (typeof type === "string") words.push(type);
  if (isObject(supplier)) words.push(`supplier of ${String(supplier["type"])}`);
  return words;
}
