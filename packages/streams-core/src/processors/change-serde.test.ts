import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Change, StreamsError } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { changeSerde } from "./change-serde.js";

interface ChangeCase {
  readonly do: string;
  readonly newHex: string | null;
  readonly oldHex: string | null;
}

const url = new URL("../../../../conformance/vectors/bytes.json", import.meta.url);
const recorded = (
  JSON.parse(readFileSync(url, "utf8")) as {
    cases: ChangeCase[];
    expect: { cases: { hex?: string; error?: string }[] };
  }[]
)
  .flatMap((scenario) => scenario.cases.map((given, at) => ({ given, wanted: scenario.expect.cases[at]! })))
  .filter(({ given }) => given.do === "change");

const bytes = (hex: string | null): Uint8Array | null => (hex === null ? null : Buffer.from(hex, "hex"));
const hex = (value: Uint8Array | null): string | null => (value === null ? null : Buffer.from(value).toString("hex"));
const serde = changeSerde(serdes.bytes);

describe("A table change in a repartition topic", () => {
  it("has Kafka Streams' bytes, and comes back as it was", () => {
    expect(recorded.length).toBeGreaterThan(20);
    for (const { given, wanted } of recorded) {
      const change = new Change(bytes(given.newHex), bytes(given.oldHex));
      if (wanted.error !== undefined) {
        expect(() => serde.serialize("t", change)).toThrow(StreamsError);
        continue;
      }
      const written = serde.serialize("t", change);
      expect(hex(written)).toBe(wanted.hex);
      const read = serde.deserialize("t", written);
      expect([hex(read.newValue), hex(read.oldValue)]).toEqual([given.newHex, given.oldHex]);
    }
  });

  it("is refused when its bytes are something else", () => {
    for (const text of ["", "09", "0a0102", "ffffffff02", "02"]) {
      expect(() => serde.deserialize("t", Buffer.from(text, "hex")), text).toThrow(StreamsError);
    }
  });
});
