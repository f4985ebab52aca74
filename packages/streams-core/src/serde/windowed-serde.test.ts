import { describe, expect, it } from "vitest";
import { Windowed } from "../model/index.js";
import { SerializationError, serdes } from "./index.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("windowed keys", () => {
  it.each([
    [serdes.timeWindowed(serdes.string, 10), new Windowed("a", 20, 30), "610000000000000014"],
    [serdes.timeWindowed(serdes.long, 10), new Windowed(7, 0, 10), "00000000000000070000000000000000"],
    [serdes.sessionWindowed(serdes.string), new Windowed("a", 1, 2), "6100000000000000020000000000000001"],
  ])("are Kafka Streams' bytes: %o", (serde, window, bytes) => {
    expect(hex(serde.serialize("t", window as never))).toBe(bytes);
    expect(serde.deserialize("t", Uint8Array.from(Buffer.from(bytes, "hex")))).toEqual(window);
  });

  it("sort the properties of JSON keys", () => {
    const serde = serdes.timeWindowed(serdes.json<Record<string, number>>(), 5).forKeys!();
    expect(
      Buffer.from(serde.serialize("t", new Windowed({ b: 1, a: 2 }, 0, 5)))
        .toString()
        .slice(0, 13),
    ).toBe('{"a":2,"b":1}');
  });

  it("refuse what is no window", () => {
    const serde = serdes.sessionWindowed(serdes.string);
    expect(() => serde.serialize("t", "a" as never)).toThrow(SerializationError);
    expect(() => serde.deserialize("t", new Uint8Array(15))).toThrow("15 bytes are too few");
  });
});
