import { serdes, StreamsBuilder, type Topology } from "@millrace/streams-core";
import { avroSerde } from "../avro/avro-serde.js";
import type { SchemaRegistry } from "../port/schema-registry.js";

const record = <Name extends string, const Fields extends readonly object[]>(name: Name, fields: Fields) =>
  ({ type: "record", name, namespace: "couriers", fields }) as const;

/** The serdes of couriers, each in a city, and of cities; `newer` couriers have a vehicle besides. */
export function courierSerdes(registry: SchemaRegistry, newer = false) {
  const city = { name: "city", type: "string" } as const;
  const vehicle = { name: "vehicle", type: "string", default: "bicycle" } as const;
  return {
    courierKey: avroSerde({ registry, schema: record("CourierKey", [{ name: "id", type: "int" }]) }),
    courier: newer
      ? avroSerde<{ city: string }>({ registry, schema: record("Courier", [city, vehicle]) })
      : avroSerde<{ city: string }>({ registry, schema: record("Courier", [city]) }),
    cityKey: avroSerde({ registry, schema: record("CityKey", [city]) }),
    city: avroSerde({ registry, schema: record("City", [{ name: "country", type: "string" }]) }),
    count: avroSerde({ registry, schema: record("Count", [{ name: "count", type: "long" }]) }),
    place: avroSerde({ registry, schema: record("Place", [city, { name: "country", type: "string" }]) }),
  };
}

/** How many couriers each city has, and where each of them is: keys, rows and internal topics are Avro. */
export function couriersTopology(registry: SchemaRegistry): Topology {
  const { courierKey, courier, cityKey, city, count, place } = courierSerdes(registry);
  const builder = new StreamsBuilder();
  const couriers = builder.table("couriers", { key: courierKey, value: courier, store: "couriers" });
  const cities = builder.table("cities", { key: cityKey, value: city, store: "cities" });
  couriers
    .groupBy((_, value) => [{ city: value.city }, value], { name: "by-city", key: cityKey, value: courier })
    .aggregate({
      init: () => ({ count: 0 }),
      add: (_, __, before) => ({ count: before.count + 1 }),
      subtract: (_, __, before) => ({ count: before.count - 1 }),
      value: count,
      store: "counts",
    })
    .toStream()
    .to("counts", { key: cityKey, value: serdes.nullable(count) });
  couriers
    .join(cities, ({ city: name }, { country }) => ({ city: name, country }), {
      on: (value) => ({ city: value.city }),
      name: "places",
      value: place,
      store: "places",
    })
    .toStream()
    .to("places", { key: courierKey, value: serdes.nullable(place) });
  return builder.build();
}
