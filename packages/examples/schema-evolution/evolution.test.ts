import { inMemoryRegistry } from "@millrace/schema-registry";
import { embedded } from "millrace";
import { expect, it } from "vitest";
import { avroPositionTopic } from "../avro-courier.js";
import { evolve } from "./evolution.js";

it("takes first_name with a default, goes on reading, and refuses vehicle_id without one: again and again", async () => {
  await using client = embedded();
  await using registry = inMemoryRegistry({ faults: { latencyMs: 1 } });
  await client.admin().createTopics([{ name: avroPositionTopic, partitions: 1 }]);
  for (const _ of ["first", "second"]) {
    const lines: string[] = [];
    await evolve(client, registry, (line) => lines.push(line));
    expect(lines).toEqual([
      "Version 1: a courier has an id and a position.",
      '  a consumer without a schema reads  {"id":"ada","position":{"latitude":45.464,"longitude":9.19}}',
      'Version 2 adds first_name, a string, with the default "undefined": accepted.',
      '  a consumer without a schema reads  {"id":"ada","position":{"latitude":45.464,"longitude":9.19},"first_name":"Ada"}',
      '  a program of version 1 reads it as {"id":"ada","position":{"latitude":45.464,"longitude":9.19}}',
      '  one of version 2 reads the first   {"id":"ada","position":{"latitude":45.464,"longitude":9.19},"first_name":"undefined"}',
      "Version 3 adds vehicle_id, an int, without a default:",
      expect.stringMatching(/^ {2}refused, MILLRACE_INCOMPATIBLE_SCHEMA: Subject position-avro-value .*vehicle_id/u),
      "The registry has versions 1 and 2 of position-avro-value.",
    ]);
  }
});
