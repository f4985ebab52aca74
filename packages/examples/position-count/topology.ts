import type { SchemaRegistry } from "@millrace/schema-registry";
import { serdes, StreamsBuilder, windows, type Topology } from "millrace";
import { avroPositionTopic, courierSerde, placeSerde } from "../avro-courier.js";
import { rounded } from "../courier.js";

export const countTopics = { north: "position-count-north", rest: "position-count-rest" };
export const countPerSecondTopics = {
  north: "position-count-per-second-north",
  rest: "position-count-per-second-rest",
};

/** Reports that are up to five seconds late still count. */
export const second = windows.tumbling({ sizeMs: 1_000, graceMs: 5_000 });

/** On both sides of 45 degrees north: how many reports came from each place, in all and in each second. */
export function topology(registry: SchemaRegistry): Topology {
  const place = placeSerde(registry);
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde(registry) });
  const sides = builder.stream(avroPositionTopic).split({
    north: (_, courier) => courier.position.latitude > 45,
    rest: () => true,
  });
  for (const side of ["north", "rest"] as const) {
    const byPlace = sides[side].groupBy((_, courier) => rounded(courier.position), { key: place, name: side });
    byPlace
      .count({ store: `${side}-counts` })
      .toStream()
      .to(countTopics[side]);
    byPlace
      .windowedBy(second)
      .count({ store: `${side}-counts-per-second` })
      .toStream()
      .to(countPerSecondTopics[side]);
  }
  return builder.build();
}
