import { serdes, type Serde } from "@millrace/streams-core";
import type { SerdeName } from "../scenario.js";
import { MalformedScenarioError } from "./malformed-scenario-error.js";

const PLAIN: Readonly<Record<string, Serde<unknown>>> = {
  string: serdes.string as Serde<unknown>,
  long: serdes.long as Serde<unknown>,
  bigint: serdes.bigint as Serde<unknown>,
  int: serdes.int as Serde<unknown>,
  short: serdes.short as Serde<unknown>,
  double: serdes.double as Serde<unknown>,
  float: serdes.float as Serde<unknown>,
  bytes: serdes.bytes as Serde<unknown>,
  uuid: serdes.uuid as Serde<unknown>,
  boolean: serdes.boolean as Serde<unknown>,
};

/** The library's serde of that name. */
export function serdeNamed(name: SerdeName): Serde<unknown> {
  if (typeof name === "object" && name.type === "list") return serdes.list(serdeNamed(name.inner)) as Serde<unknown>;
  if (typeof name === "object" && name.type === "timeWindowed") {
    return serdes.timeWindowed(serdeNamed(name.inner), name.sizeMs ?? 0) as Serde<unknown>;
  }
  if (typeof name === "object" && name.type === "sessionWindowed") {
    return serdes.sessionWindowed(serdeNamed(name.inner)) as Serde<unknown>;
  }
  const serde = typeof name === "string" ? PLAIN[name] : undefined;
  if (serde === undefined) throw new MalformedScenarioError(`unknown serde ${JSON.stringify(name)}`);
  return serde;
}

/** The serde used where a scenario gives none. */
export const defaultSerde: SerdeName = "string";
