import { expect, it } from "vitest";
import { avroTypesText } from "./avro-types-text.js";

const typesOf = (schema: object): string => {
  const tree = { schema: { type: "AVRO" as const, text: JSON.stringify(schema), references: [] }, references: [] };
  return avroTypesText(tree).split("\nexport const ")[0]!.split("\n").slice(2).join("\n");
};

const record = (name: string, ...fields: readonly object[]) => ({ type: "record", name, fields });

it("tells types of one name apart by as much of their namespaces as that takes", () => {
  const city = record("city.Place", { name: "name", type: "string" });
  const map = record("geo.Place", { name: "latitude", type: "double" });
  const far = record("far.geo.Place", { name: "light_years", type: "double" });
  const fields = [city, map, far].map((type, index) => ({ name: `place${index}`, type }));
  expect(typesOf(record("Courier", ...fields, { name: "again", type: "geo.Place" }))).toBe(`export interface Courier {
  place0: Place;
  place1: GeoPlace;
  place2: FarGeoPlace;
  again: GeoPlace;
}

export interface FarGeoPlace {
  light_years: number;
}

export interface GeoPlace {
  latitude: number;
}

export interface Place {
  name: string;
}
`);
});

it("leaves JavaScript's names to JavaScript", () => {
  const when = { name: "when", type: { type: "int", logicalType: "date" } };
  const ours = { name: "ours", type: record("Date", { name: "day", type: "int" }) };
  const raw = { name: "raw", type: { type: "fixed", name: "Buffer", size: 2 } };
  expect(typesOf(record("Meeting", when, ours, raw))).toBe(`export interface Meeting {
  when: Date;
  ours: AvroDate;
  raw: Buffer;
}

export interface AvroDate {
  day: number;
}
`);
});

it("names what has no name of its own", () => {
  expect(typesOf({ type: "array", items: "int" })).toBe("export type Value = number[];\n");
  expect(typesOf({ type: "fixed", name: "Hash", size: 2 })).toBe("export type Hash = Buffer;\n");
});
