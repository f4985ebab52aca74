import { TopologyError } from "../model/index.js";

/** No serde is known where bytes have to be made or read. Thrown while a topology is built. */
export class MissingSerdeError extends TopologyError {
  override readonly code = "MILLRACE_MISSING_SERDE";
  /** The node that needs it. */
  readonly nodeName: string;
  readonly side: "key" | "value";
  /** The node after which the type may be another one; null if none was ever given. */
  readonly droppedBy: string | null;

  constructor(nodeName: string, what: string, side: "key" | "value", droppedBy: string | null) {
    const why = droppedBy === null ? "" : `: ${droppedBy} may have changed its type`;
    const option = `{ ${side}: … }`;
    const where = droppedBy === null ? what : `${what} or to ${droppedBy}`;
    super(
      `${nodeName} (${what}) has no serde for the ${side}${why}. Give ${option} to ${where}, or a default to the constructor of StreamsBuilder or Topology.`,
    );
    this.nodeName = nodeName;
    this.side = side;
    this.droppedBy = droppedBy;
  }
}
