import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { avroSerde } from "../avro/avro-serde.js";
import type { SchemaRegistry } from "../port/schema-registry.js";
import type { CompatibilityLevel, SchemaText } from "../port/schema.js";

/** How a registry under test is reached. */
export interface RegistryUnderTest {
  /** Shown in the report. */
  readonly name: string;
  start(): Promise<SchemaRegistry>;
  stop(): Promise<void>;
}

let subjectsMade = 0;
const newSubject = (): string => `contract-${process.pid}-${subjectsMade++}-value`;
const id = { name: "id", type: "string" };
const firstName = { name: "first_name", type: "string", default: "undefined" };
const vehicle = { name: "vehicle_id", type: "int" };

function courier(...fields: readonly object[]): SchemaText {
  return avro({ type: "record", name: "Courier", fields });
}

function avro(schema: unknown): SchemaText {
  return { type: "AVRO", text: JSON.stringify(schema), references: [] };
}

/** What serdes and programs rely on, for any registry. Declares tests. */
export function describeRegistry(subject: RegistryUnderTest): void {
  describe(`${subject.name}, as a schema registry`, () => {
    let registry: SchemaRegistry;
    beforeAll(async () => {
      registry = await subject.start();
      await registry.setCompatibility("NONE");
    }, 120_000);
    afterAll(async () => {
      await registry.close();
      await subject.stop();
    });
    describeVersions(() => registry);
    describeDeletes(() => registry);
    describeCompatibility(() => registry);
    describeLanguages(() => registry);
    describeSerdes(() => registry);
  });
}

function describeVersions(registry: () => SchemaRegistry): void {
  it("gives equal schemas one id, over all subjects, and a version in each", async () => {
    const [one, two] = [newSubject(), newSubject()];
    const first = await registry().register(one, courier(id));
    expect(await registry().register(one, courier(id))).toBe(first);
    expect(await registry().register(two, courier(id))).toBe(first);
    const second = await registry().register(one, courier(id, firstName));
    expect(second).not.toBe(first);
    expect(await registry().versions(one)).toEqual([1, 2]);
    expect(await registry().version(one, "latest")).toMatchObject({ id: second, subject: one, version: 2 });
    expect(await registry().lookUp(one, courier(id))).toMatchObject({ id: first, version: 1 });
    expect(JSON.parse((await registry().schemaOf(first)).text)).toEqual(JSON.parse(courier(id).text));
    expect(await registry().subjects()).toEqual(expect.arrayContaining([one, two]));
  });

  it("knows what it does not have", async () => {
    const known = newSubject();
    await registry().register(known, courier(id));
    const missing = { code: "MILLRACE_SCHEMA_NOT_FOUND" };
    await expect(registry().versions("contract-nobody")).rejects.toMatchObject(missing);
    await expect(registry().version(known, 9)).rejects.toMatchObject(missing);
    await expect(registry().lookUp(known, courier(vehicle))).rejects.toMatchObject(missing);
    await expect(registry().lookUp("contract-nobody", courier(id))).rejects.toMatchObject(missing);
    await expect(registry().schemaOf(987_654)).rejects.toMatchObject({
      code: "MILLRACE_UNKNOWN_SCHEMA_ID",
      id: 987_654,
    });
    await expect(registry().schemaOf(-1)).rejects.toMatchObject({ code: "MILLRACE_UNKNOWN_SCHEMA_ID" });
  });

  it("refuses what is no schema", async () => {
    const invalid = { code: "MILLRACE_INVALID_SCHEMA" };
    await expect(registry().register(newSubject(), avro({ type: "nothing" }))).rejects.toMatchObject(invalid);
    const dangling = { name: "x.Y", subject: "contract-nobody", version: 1 };
    const referring = { ...courier({ name: "y", type: "x.Y" }), references: [dangling] };
    await expect(registry().register(newSubject(), referring)).rejects.toMatchObject(invalid);
  });
}

function describeDeletes(registry: () => SchemaRegistry): void {
  it("lists deleted versions no more, and goes on reading their ids", async () => {
    const subject = newSubject();
    const first = await registry().register(subject, courier(id));
    await registry().register(subject, courier(id, firstName));
    await registry().deleteVersion(subject, 1);
    expect(await registry().versions(subject)).toEqual([2]);
    expect(JSON.parse((await registry().schemaOf(first)).text)).toEqual(JSON.parse(courier(id).text));
    expect(await registry().register(subject, courier(id))).toBe(first);
    expect(await registry().versions(subject)).toEqual([2, 3]);
  });

  it("deletes for ever only what was deleted before", async () => {
    const subject = newSubject();
    await registry().register(subject, courier(id));
    await expect(registry().deleteSubject(subject, { permanent: true })).rejects.toMatchObject({
      code: "MILLRACE_REGISTRY_REFUSED",
    });
    expect(await registry().deleteSubject(subject)).toEqual([1]);
    expect(await registry().subjects()).not.toContain(subject);
    expect(await registry().deleteSubject(subject, { permanent: true })).toEqual([1]);
    await expect(registry().deleteSubject(subject)).rejects.toMatchObject({ code: "MILLRACE_SCHEMA_NOT_FOUND" });
  });
}

const OPTIONAL = { name: "nick", type: ["null", "string"], default: null };
const v1 = courier(id);
const v2 = courier(id, OPTIONAL);

/** Level, versions already there, the next, and whether it is taken. */
const CASES: readonly (readonly [CompatibilityLevel, readonly SchemaText[], SchemaText, boolean])[] = [
  ["NONE", [v1], courier(vehicle), true],
  ["BACKWARD", [v1], courier(id, firstName), true],
  ["BACKWARD", [v1], courier(id, vehicle), false],
  ["BACKWARD", [courier(id, vehicle)], v1, true],
  ["BACKWARD", [courier(id, vehicle), v2], courier(id, { ...vehicle, type: "string", default: "" }), true],
  ["BACKWARD_TRANSITIVE", [courier(id, vehicle), v2], courier(id, { ...vehicle, type: "string", default: "" }), false],
  ["BACKWARD", [courier({ name: "n", type: "int" })], courier({ name: "n", type: "long" }), true],
  ["BACKWARD", [courier({ name: "n", type: "long" })], courier({ name: "n", type: "int" }), false],
  ["FORWARD", [v1], courier(id, vehicle), true],
  ["FORWARD", [courier(id, vehicle)], v1, false],
  ["FORWARD", [courier({ name: "n", type: "long" })], courier({ name: "n", type: "int" }), true],
  ["FULL", [v1], courier(id, firstName), true],
  ["FULL", [v1], courier(id, vehicle), false],
  ["FULL", [courier(id, vehicle)], v1, false],
  ["FULL_TRANSITIVE", [v1, courier(id, firstName)], courier(id, firstName, OPTIONAL), true],
];

function describeCompatibility(registry: () => SchemaRegistry): void {
  it.each(CASES.map((test, index) => [index, ...test] as const))(
    "compatibility, case %i: %s",
    async (_, level, versions, next, isTaken) => {
      const subject = newSubject();
      for (const version of versions) await registry().register(subject, version);
      await registry().setCompatibility(level, subject);
      expect(await registry().compatibility(subject)).toBe(level);
      const verdict = await registry().checkCompatibility(subject, next);
      expect({ isCompatible: verdict.isCompatible, hasReasons: verdict.messages.length > 0 }).toEqual({
        isCompatible: isTaken,
        hasReasons: !isTaken,
      });
      const registered = registry().register(subject, next);
      if (isTaken) await expect(registered).resolves.toEqual(expect.any(Number));
      else await expect(registered).rejects.toMatchObject({ code: "MILLRACE_INCOMPATIBLE_SCHEMA", subject });
    },
  );

  it("names the field that makes a schema incompatible", async () => {
    const subject = newSubject();
    await registry().register(subject, courier(id));
    await registry().setCompatibility("BACKWARD", subject);
    await expect(registry().register(subject, courier(id, vehicle))).rejects.toThrow(/vehicle_id/u);
  });

  it("takes anything as the first version", async () => {
    expect(await registry().checkCompatibility(newSubject(), courier(id))).toEqual({
      isCompatible: true,
      messages: [],
    });
  });
}

function describeLanguages(registry: () => SchemaRegistry): void {
  const json = (type: string): SchemaText => {
    const text = JSON.stringify({ type: "object", properties: { a: { type } } });
    return { type: "JSON", text, references: [] };
  };
  const proto = (type: string): SchemaText => {
    return { type: "PROTOBUF", text: `syntax = "proto3"; message A { ${type} a = 1; }`, references: [] };
  };

  it.each([
    ["JSON Schema", json("string"), json("integer")],
    ["Protobuf", proto("string"), proto("int32")],
  ])("keeps %s, and holds it to compatibility", async (_, first, second) => {
    const subject = newSubject();
    const given = await registry().register(subject, first);
    await registry().setCompatibility("BACKWARD", subject);
    expect((await registry().schemaOf(given)).type).toBe(first.type);
    await expect(registry().register(subject, second)).rejects.toMatchObject({ code: "MILLRACE_INCOMPATIBLE_SCHEMA" });
  });
}

function describeSerdes(registry: () => SchemaRegistry): void {
  it("serves serdes: schemas evolve, and name types of other subjects", async () => {
    const topic = newSubject();
    const position = {
      type: "record",
      name: "Position",
      namespace: "geo",
      fields: [{ name: "latitude", type: "double" }],
    };
    const fields = [id, { name: "position", type: "geo.Position" }];
    const references = [{ name: "geo.Position", subject: `${topic}-geo`, schema: position }];
    const older = avroSerde<unknown>({
      registry: registry(),
      schema: { type: "record", name: "C", fields },
      references,
    });
    const newer = avroSerde<unknown>({
      registry: registry(),
      schema: { type: "record", name: "C", fields: [...fields, firstName] },
      references,
    });
    await older.open({ topics: [topic] });
    await newer.open({ topics: [topic] });
    const written = [
      older.serialize(topic, { id: "ada", position: { latitude: 1 } }),
      newer.serialize(topic, { id: "bob", position: { latitude: 2 }, first_name: "Bob" }),
    ];
    const generic = avroSerde<unknown>({ registry: registry() });
    for (const serde of [older, newer, generic]) await serde.prepareFor(written);
    expect(written.map((bytes) => older.deserialize(topic, bytes))).toEqual([
      { id: "ada", position: { latitude: 1 } },
      { id: "bob", position: { latitude: 2 } },
    ]);
    expect(newer.deserialize(topic, written[0]!)).toEqual({
      id: "ada",
      position: { latitude: 1 },
      first_name: "undefined",
    });
    expect(generic.deserialize(topic, written[1]!)).toEqual({
      id: "bob",
      position: { latitude: 2 },
      first_name: "Bob",
    });
  });
}
