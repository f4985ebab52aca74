import { SchemaRegistry as Confluents, SchemaType } from "@kafkajs/confluent-schema-registry";
import { canStartBrokers, startRegistry, type RegistryProcess } from "@millrace/broker-harness";
import { describe, expect, it } from "vitest";
import { avroSerde } from "../avro/avro-serde.js";
import { describeRegistry } from "../conformance/registry-contract.js";
import { jsonSchemaSerde } from "../json/json-schema-serde.js";
import { httpRegistry } from "./http-registry.js";

let process: RegistryProcess;

describe.runIf(canStartBrokers)("a real registry", () => {
  describeRegistry({
    name: "Apicurio's",
    start: async () => {
      process = await startRegistry();
      return httpRegistry({ url: process.url });
    },
    stop: async () => {},
  });

  // Not for Protobuf: that client leaves out the message indexes.
  it("is shared with kafkajs' client: each reads what the other wrote", async () => {
    const registry = httpRegistry({ url: process.url });
    const theirs = new Confluents({ host: process.url });
    const schema = { type: "record", name: "Courier", namespace: "shared", fields: [{ name: "id", type: "string" }] };
    const { id } = await theirs.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
      { subject: "shared-value", compatibility: "NONE" as never },
    );
    const json = { type: "object", title: "Courier", properties: { id: { type: "string" } } };
    const serdes = [
      avroSerde<unknown>({ registry, schema }),
      jsonSchemaSerde<unknown>({ registry, schema: json, subjectName: () => "shared-json" }),
    ];
    for (const serde of serdes) {
      await serde.open({ topics: ["shared"] });
      const written = Buffer.from(serde.serialize("shared", { id: "ada" }));
      expect(await theirs.decode(written)).toMatchObject({ id: "ada" });
      const back = await theirs.encode(written.readInt32BE(1), { id: "bob" });
      await serde.prepareFor([back]);
      expect(serde.deserialize("shared", back)).toEqual({ id: "bob" });
    }
    expect(serdes[0]!.serialize("shared", { id: "" })[4]).toBe(id);
  });

  it("that stops for a while is waited for, and given up in time", async () => {
    const registry = httpRegistry({ url: process.url, requestTimeoutMs: 200, retryForMs: 30_000 });
    const impatient = httpRegistry({ url: process.url, requestTimeoutMs: 100, retryForMs: 300 });
    process.pause();
    await expect(impatient.subjects()).rejects.toMatchObject({ code: "MILLRACE_REGISTRY_UNAVAILABLE" });
    const subjects = registry.subjects();
    process.resume();
    expect(await subjects).toContain("shared-value");
    process.pause();
    const closed = registry.subjects();
    await registry.close();
    await expect(closed).rejects.toMatchObject({ code: "MILLRACE_REGISTRY_CLOSED" });
    await process.close();
    await expect(impatient.subjects()).rejects.toMatchObject({ code: "MILLRACE_REGISTRY_UNAVAILABLE" });
  });
});
