import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("avro-types.ts", import.meta.url));
const position = {
  type: "record",
  name: "Position",
  namespace: "geo",
  fields: [{ name: "latitude", type: "double" }],
};
const courier = {
  type: "record",
  name: "Courier",
  namespace: "city",
  fields: [
    { name: "id", type: "string" },
    { name: "position", type: "geo.Position" },
    { name: "kind", type: { type: "enum", name: "Kind", symbols: ["BIKE", "CAR"] } },
    { name: "tags", type: { type: "array", items: ["null", "string"] } },
    { name: "either", type: ["int", "double"] },
    { name: "since", type: ["null", { type: "long", logicalType: "timestamp-millis" }] },
    { name: "boss", type: ["null", "Courier"] },
  ],
};

it("writes the TypeScript types of a schema", async () => {
  const folder = mkdtempSync(join(tmpdir(), "avro-types-"));
  try {
    writeFileSync(join(folder, "position.avsc"), JSON.stringify(position));
    writeFileSync(join(folder, "courier.avsc"), JSON.stringify(courier));
    const files = [join(folder, "courier.avsc"), "--reference", join(folder, "position.avsc")];
    const node = ["--conditions=millrace-source", "--import", "tsx"];
    await promisify(execFile)(process.execPath, [...node, program, ...files]);
    const [types] = readFileSync(join(folder, "courier.ts"), "utf8").split("\nexport const ");
    expect(types).toBe(`import { avroSchema } from "@millrace/schema-registry";

export interface Courier {
  id: string;
  position: Position;
  kind: Kind;
  tags: (null | string)[];
  either: { "int": number } | { "double": number };
  since: null | Date;
  boss: null | Courier;
}

export type Kind = "BIKE" | "CAR";

export interface Position {
  latitude: number;
}
`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
