import {
  keyValueStore,
  serdes,
  StreamsBuilder,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type StreamRecord,
  type Topology,
} from "millrace";
import {
  courierSerde,
  positionSerde,
  positionTopic,
  positionText,
  rounded,
  type Courier,
  type Position,
} from "../courier.js";

export const couriersAtTopic = "couriers-at-position";

const idsSerde = serdes.json<readonly string[]>();

/**
 * The couriers now at each position, by table regrouping: the table holds each courier's latest position; grouping it by
 * position takes the courier out of the old list and puts it into the new one. An empty list is deleted.
 */
export function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde });
  builder
    .stream(positionTopic)
    .mapValues((courier) => rounded(courier.position), { value: positionSerde })
    .toTable({ store: "courier-positions" })
    .groupBy((id, position) => [position, id], { key: positionSerde, value: serdes.string })
    .aggregate({
      init: (): readonly string[] => [],
      add: (_, id, ids) => withId(ids, id),
      subtract: (_, id, ids) => withoutId(ids, id),
      store: "couriers-at",
      value: idsSerde,
    })
    .toStream()
    .to(couriersAtTopic, { key: positionSerde, value: serdes.nullable(idsSerde) });
  return builder.build();
}

type Move = { readonly id: string; readonly enters: boolean };

/** The same by hand: a store remembers where each courier was; each move says «leaves» to the old list and «enters» to the new. */
export function topologyWithMoves(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde });
  builder
    .stream(positionTopic)
    .process({
      get: () => new MoveDetector(),
      stores: () => [keyValueStore({ name: "last-positions", key: serdes.string, value: positionSerde })],
    })
    .groupByKey({ key: positionSerde, value: serdes.json<Move>() })
    .aggregate({
      init: (): readonly string[] => [],
      add: (_, move, ids) => (move.enters ? withId(ids, move.id) : withoutId(ids, move.id)),
      store: "couriers-at",
      value: idsSerde,
    })
    .toStream()
    .to(couriersAtTopic, { key: positionSerde, value: serdes.nullable(idsSerde) });
  return builder.build();
}

/** Turns position reports into moves between positions. */
class MoveDetector implements Processor<string, Courier, Position, Move> {
  #context!: ProcessorContext<Position, Move>;
  #lastPositions!: KeyValueStore<string, Position>;

  init(context: ProcessorContext<Position, Move>): void {
    this.#context = context;
    this.#lastPositions = context.getStateStore("last-positions");
  }

  process(record: StreamRecord<string, Courier>): void {
    const id = record.key;
    const from = this.#lastPositions.get(id);
    const to = rounded(record.value.position);
    if (from !== null && positionText(from) === positionText(to)) return;
    if (from !== null) this.#context.forward(record.withKey(from).withValue({ id, enters: false }));
    this.#lastPositions.put(id, to);
    this.#context.forward(record.withKey(to).withValue({ id, enters: true }));
  }
}

function withId(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids : [...ids, id].sort();
}

function withoutId(ids: readonly string[], id: string): readonly string[] | null {
  const left = ids.filter((other) => other !== id);
  return left.length === 0 ? null : left;
}
