import { serdes, StreamsBuilder, type KStream, type Topology } from "millrace";
import { courierSerde, positionSerde, positionTopic, rounded, type Courier } from "../courier.js";

export const northCountsTopic = "position-count-north";
export const restCountsTopic = "position-count-rest";

/** On both sides of 45 degrees north: how many reports came from each whole-degree position. */
export function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: courierSerde });
  const { north, rest } = builder.stream(positionTopic).split({
    north: (_, courier) => courier.position.latitude > 45,
    rest: () => true,
  });
  countPerPosition(north, "north-counts", northCountsTopic);
  countPerPosition(rest, "rest-counts", restCountsTopic);
  return builder.build();
}

function countPerPosition(couriers: KStream<string, Courier>, store: string, topic: string): void {
  couriers
    .groupBy((_, courier) => rounded(courier.position), { key: positionSerde })
    .count({ store })
    .toStream()
    .to(topic, { key: positionSerde, value: serdes.nullable(serdes.long) });
}
