import { TopologyError } from "../model/index.js";

/** Nobody says how the keys or the values of a node are written as bytes. */
export class MissingSerdeError extends TopologyError {
  override readonly code = "MILLRACE_MISSING_SERDE";

  constructor(where: string, side: "key" | "value", fix = `Give ${where} a \`${side}\` serde, or give the builder a default one: { ${side}: … }.`) {
    super(`There is no serde for the ${side}s of ${where}. ${fix}`);
  }
}
