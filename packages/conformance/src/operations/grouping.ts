import { mapper } from "../functions/mappers.js";
import { pairMapper } from "../functions/pair-mappers.js";
import { functionIn } from "../values/fields.js";
import { named, namedSerdes } from "./options.js";
import { asStream, type AnyGroupedStream, type AnyGroupedTable, type OperationTable, type Result } from "./scene.js";

const asGroupedStream = (grouped: unknown): Result => ({
  kind: "grouped stream",
  grouped: grouped as AnyGroupedStream,
});
const asGroupedTable = (grouped: unknown): Result => ({ kind: "grouped table", grouped: grouped as AnyGroupedTable });

/** From streams and tables to groups, and from tables back to streams. */
export const grouping: OperationTable = {
  groupByKey: (operation, scene) => asGroupedStream(scene.stream(operation).groupByKey(namedSerdes(operation))),

  groupBy(operation, scene) {
    const result = scene.result(operation);
    const options = namedSerdes(operation);
    if (result.kind === "table") {
      return asGroupedTable(result.table.groupBy(pairMapper(functionIn(operation, "fn")), options));
    }
    return asGroupedStream(scene.stream(operation).groupBy(mapper(functionIn(operation, "fn")), options));
  },

  toStream(operation, scene) {
    const stream = scene.table(operation).toStream(named(operation));
    if (operation["fn"] === undefined) return asStream(stream);
    // Java's `toStream(mapper)` is `toStream` and `selectKey`, in two nodes.
    return asStream(stream.selectKey(mapper(functionIn(operation, "fn"))));
  },
};
