import { serdes, StreamsBuilder, type Topology } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { timed, type Bench, type Timing } from "../bench.js";
import { keyText, positionJson, roundedPosition, type Position } from "./data.js";
import { runEmbedded } from "./embedded-run.js";

const value = serdes.json<Position>();

function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value });
  builder.stream("positions").mapValues(roundedPosition, { value }).to("rounded");
  return builder.build();
}

/** Parse, round, write: by hand. */
function baseline(records: number): Timing {
  const inputs = Array.from({ length: 10_000 }, (_, index) => Buffer.from(positionJson(index)));
  const out = Buffer.alloc(1024);
  return timed(records, () => {
    for (let index = 0; index < records; index++) {
      const courier = JSON.parse((inputs[index % inputs.length] as Buffer).toString("utf8")) as Position;
      out.write(JSON.stringify(roundedPosition(courier)));
    }
  });
}

export const embeddedStateless: Bench = {
  name: "embedded: stateless JSON",
  unit: "records",
  records: 1_000_000,
  goalPerSecond: 250_000,
  baseline,
  run: (records) =>
    runEmbedded({
      topology: topology(),
      inputTopic: "positions",
      outputTopic: "rounded",
      key: keyText,
      value: positionJson,
      records,
    }),
};

export const driverStateless: Bench = {
  name: "test driver: stateless JSON",
  unit: "records",
  records: 300_000,
  baseline,
  run: async (records) => {
    using driver = new TopologyTestDriver(topology());
    const input = driver.createInputTopic("positions", { key: serdes.string, value });
    const positions = Array.from({ length: 1000 }, (_, index) => JSON.parse(positionJson(index)) as Position);
    const output = driver.createOutputTopic("rounded", { key: serdes.string, value });
    return timed(records, () => {
      for (let index = 0; index < records; index++) {
        input.pipeInput(keyText(index), positions[index % positions.length] as Position, { timestamp: index });
        output.readRecord();
      }
    });
  },
};
