import { serdes, StreamsBuilder } from "../index.js";

interface Courier {
  readonly id: string;
  readonly position: { readonly latitude: number };
}

const builder = new StreamsBuilder();
const couriers = builder.stream("position", { key: serdes.string, value: serdes.json<Courier>() });
const counts = couriers.groupByKey().count();

// @ts-expect-error the value is a courier, not a number
couriers.to("x", { key: serdes.string, value: serdes.long });
// @ts-expect-error the new key is a string
couriers.groupBy((_, courier) => courier.id, { key: serdes.long });
// @ts-expect-error the new key is a string
couriers.selectKey((_, courier) => courier.id, { key: serdes.long });
// @ts-expect-error the mapped value is a number
couriers.mapValues((courier) => courier.position.latitude, { value: serdes.string });
// @ts-expect-error a pair is wanted
couriers.map((_, courier) => courier.id);
const ids = couriers.groupByKey();
const push = (_: string, courier: Courier, list: string[]) => void list.push(courier.id);
// @ts-expect-error the aggregator forgets to return
ids.aggregate({ init: () => [] as string[], add: push });
// @ts-expect-error `init: () => []` makes a list of nothing
couriers.groupByKey().aggregate({ init: () => [], add: (_, courier, ids) => [...ids, courier.id] });
// @ts-expect-error the row may be deleted: its value is null then
counts.toStream().mapValues((count) => count + 1);
// @ts-expect-error a grouped table has to subtract as well
counts.groupBy((id, count) => [id, count]).reduce({ add: (sum, count) => sum + count });
// @ts-expect-error and to aggregate
counts.groupBy((id, count) => [id, count]).aggregate({ init: () => 0, add: (_, count, sum) => sum + count });
// @ts-expect-error without serdes and defaults values are unknown
builder.stream("t").mapValues((value) => value.length);
// @ts-expect-error a serde factory beside a callback does not see the callback's type
couriers.mapValues((courier) => ({ latitude: courier.position.latitude }), { value: serdes.json() });
// @ts-expect-error predicates decide by true and false
couriers.split({ north: (_, courier) => courier.id });
// @ts-expect-error there is no such branch
void couriers.split({ north: () => true }).south;
// @ts-expect-error an option spelt wrong
couriers.groupByKey().count({ stor: "counts" });
