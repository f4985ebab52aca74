import { avroSerde, inMemoryRegistry } from "@millrace/schema-registry";
import avsc from "avsc";
import { timed, type Bench } from "../bench.js";

const schema = {
  type: "record",
  name: "Courier",
  fields: [
    { name: "id", type: "string" },
    {
      name: "position",
      type: {
        type: "record",
        name: "Position",
        fields: [
          { name: "latitude", type: "double" },
          { name: "longitude", type: "double" },
        ],
      },
    },
  ],
} as const;

const couriers = Array.from({ length: 1_000 }, (_, index) => ({
  id: `courier-${index}`,
  position: { latitude: 45 + index / 1_000, longitude: -122 - index / 1_000 },
}));
const courier = (index: number) => couriers[index % couriers.length]!;

function rawType() {
  return avsc.Type.forSchema(structuredClone(schema) as never, { omitRecordMethods: true });
}

function serde() {
  return avroSerde({ registry: inMemoryRegistry(), schema });
}

// By hand: avsc alone, without header and registry.
export const avroBenches: readonly Bench[] = [
  {
    name: "Avro: serialise Courier",
    unit: "records",
    records: 3_000_000,
    run: async (records) => {
      const value = serde();
      return timed(records, () => {
        for (let index = 0; index < records; index++) value.serialize("couriers", courier(index));
      });
    },
    baseline: (records) => {
      const type = rawType();
      return timed(records, () => {
        for (let index = 0; index < records; index++) type.toBuffer(courier(index));
      });
    },
  },
  {
    name: "Avro: deserialise Courier",
    unit: "records",
    records: 3_000_000,
    run: async (records) => {
      const value = serde();
      const written = couriers.map((each) => value.serialize("couriers", each));
      return timed(records, () => {
        for (let index = 0; index < records; index++) value.deserialize("couriers", written[index % written.length]!);
      });
    },
    baseline: (records) => {
      const type = rawType();
      const written = couriers.map((each) => type.toBuffer(each));
      return timed(records, () => {
        for (let index = 0; index < records; index++) type.fromBuffer(written[index % written.length]!);
      });
    },
  },
  {
    name: "Avro: read Courier from a fetched buffer",
    unit: "records",
    records: 3_000_000,
    run: async (records) => {
      const value = serde();
      const { buffer, ends } = joined(couriers.map((each) => value.serialize("couriers", each)));
      return timed(records, () => {
        for (let index = 0; index < records; index++) {
          const at = index % couriers.length;
          value.read(buffer, at === 0 ? 0 : ends[at - 1]!, ends[at]!);
        }
      });
    },
    baseline: (records) => {
      const type = rawType();
      const { buffer, ends } = joined(couriers.map((each) => type.toBuffer(each)));
      return timed(records, () => {
        for (let index = 0; index < records; index++) {
          const at = index % couriers.length;
          type.fromBuffer(buffer.subarray(at === 0 ? 0 : ends[at - 1]!, ends[at]!));
        }
      });
    },
  },
];

function joined(records: readonly Uint8Array[]): { buffer: Buffer; ends: readonly number[] } {
  let end = 0;
  return { buffer: Buffer.concat(records), ends: records.map((record) => (end += record.length)) };
}
