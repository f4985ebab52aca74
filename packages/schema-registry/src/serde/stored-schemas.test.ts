import { expect, it } from "vitest";
import { avroSerde } from "../avro/avro-serde.js";
import { RegistryAuthorizationError } from "../errors.js";
import { inMemoryRegistry } from "../memory/in-memory-registry.js";
import { subjectNames } from "../subjects/subject-name.js";

const fields = [
  { name: "id", type: "string" },
  { name: "nick", type: "string", default: "-" },
  { name: "city", type: "string", default: "-" },
];
const version = (number: number) => ({ type: "record", name: "Courier", fields: fields.slice(0, number) });

it("reads rows of a store, whichever version wrote them, once it is open for the store", async () => {
  const calls: string[] = [];
  let forbidden = false;
  const before = (method: string): void => {
    if (method === "version") calls.push(method);
    if (method === "versions" && forbidden) throw new RegistryAuthorizationError("no lists");
  };
  const registry = inMemoryRegistry({ faults: { before } });
  const serdeOf = (number: number) => avroSerde<{ id: string }>({ registry, schema: version(number) });
  const rowOf = async (number: number) => {
    const serde = serdeOf(number);
    await serde.open({ topics: ["app-store-changelog"] });
    return serde.serialize("app-store-changelog", { id: `of ${number}`, nick: "n", city: "c" } as { id: string });
  };
  const serde = serdeOf(1);
  const topics = { topics: [], storedTopics: ["app-store-changelog"] };
  await serde.open(topics); // nothing is there yet
  const rows = [await rowOf(1), await rowOf(2)];
  await serde.open(topics);
  expect(rows.map((row) => serde.deserialize("app-store-changelog", row))).toEqual([{ id: "of 1" }, { id: "of 2" }]);
  expect(calls).toHaveLength(2);

  rows.push(await rowOf(3)); // a later version of the program has the store for a while
  await serde.open(topics);
  expect(rows.map((row) => serde.deserialize("app-store-changelog", row).id)).toEqual(["of 1", "of 2", "of 3"]);
  expect(calls).toHaveLength(3);

  forbidden = true; // then schemas are asked for one by one
  const last = serdeOf(1);
  await last.open(topics);
  expect(() => last.deserialize("app-store-changelog", rows[0]!)).toThrow("does not know schema");
});

it("needs no subject to be open for a store that it only reads", async () => {
  const registry = inMemoryRegistry({ faults: {} });
  const generic = avroSerde<unknown>({ registry, subjectName: subjectNames.record });
  await expect(generic.open({ topics: ["couriers"], storedTopics: ["couriers"] })).resolves.toBeUndefined();
});
