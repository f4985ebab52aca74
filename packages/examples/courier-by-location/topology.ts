import { avroSerde, type AvroType, type SchemaRegistry } from "@millrace/schema-registry";
import { serdes, StreamsBuilder, type Topology } from "millrace";
import { avroPositionTopic, courierSerde, placeSchema, placeSerde, type Place } from "../avro-courier.js";
import { positionText, rounded } from "../courier.js";

export const couriersAtTopic = "couriers-at-place";
export const couriersAtByMovesTopic = "couriers-at-place-by-moves";

/** Where a courier was and where it is: the same when it stays, null before its first report. */
const stepSchema = {
  type: "record",
  name: "Step",
  fields: [
    { name: "from", type: ["null", placeSchema] },
    { name: "to", type: ["null", "Place"] },
  ],
} as const;
type Step = AvroType<typeof stepSchema>;
const noStep: Step = { from: null, to: null };

const moveSchema = {
  type: "record",
  name: "Move",
  fields: [
    { name: "id", type: "string" },
    { name: "kind", type: { type: "enum", name: "Kind", symbols: ["leaves", "enters"] } },
  ],
} as const;
type Move = AvroType<typeof moveSchema>;

export const idsSerde = (registry: SchemaRegistry) =>
  avroSerde({ registry, schema: { type: "array", items: "string" } });

/**
 * The couriers now at each place, by table regrouping: the table holds each courier's place; grouping it by place takes the
 * courier out of the old list and puts it into the new one. An empty list is deleted.
 */
export function topology(registry: SchemaRegistry): Topology {
  const place = placeSerde(registry);
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde(registry) });
  builder
    .stream(avroPositionTopic)
    .mapValues((courier) => rounded(courier.position), { value: place })
    .toTable({ store: "courier-places" })
    .groupBy((id, at) => [at, id], { key: place, value: serdes.string })
    .aggregate({
      init: (): string[] => [],
      add: (_, id, ids) => withId(ids, id),
      subtract: (_, id, ids) => withoutId(ids, id),
      store: "couriers-at",
      value: idsSerde(registry),
      caching: false, // Every change is news, in its order.
    })
    .toStream()
    .to(couriersAtTopic);
  return builder.build();
}

/** The same by hand: a store remembers where each courier was; each step says «leaves» to the old list and «enters» to the new. */
export function topologyByMoves(registry: SchemaRegistry): Topology {
  const place = placeSerde(registry);
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde(registry) });
  builder
    .stream(avroPositionTopic)
    .groupByKey()
    .aggregate({
      init: () => noStep,
      add: (_, courier, last) => ({ from: last.to, to: rounded(courier.position) }),
      store: "last-steps",
      value: avroSerde({ registry, schema: stepSchema }),
      caching: false, // A cache would leave steps out.
    })
    .toStream()
    .flatMap(movesOf, { key: place, value: avroSerde({ registry, schema: moveSchema }) })
    .groupByKey()
    .aggregate({
      init: (): string[] => [],
      add: (_, { id, kind }, ids) => (kind === "enters" ? withId(ids, id) : withoutId(ids, id)),
      store: "couriers-at",
      value: idsSerde(registry),
      caching: false,
    })
    .toStream()
    .to(couriersAtByMovesTopic);
  return builder.build();
}

function movesOf(id: string, step: Step | null): [Place, Move][] {
  const { from, to } = step ?? noStep;
  const moves: [Place, Move][] = [];
  if (from !== null && to !== null && positionText(from) === positionText(to)) return moves;
  if (from !== null) moves.push([from, { id, kind: "leaves" }]);
  if (to !== null) moves.push([to, { id, kind: "enters" }]);
  return moves;
}

function withId(ids: string[], id: string): string[] {
  return ids.includes(id) ? ids : [...ids, id].sort();
}

function withoutId(ids: string[], id: string): string[] | null {
  const left = ids.filter((other) => other !== id);
  return left.length === 0 ? null : left;
}
