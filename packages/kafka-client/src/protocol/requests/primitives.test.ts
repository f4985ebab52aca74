import { describe, expect, it } from "vitest";
import { ResponseReader } from "./reader.js";
import { RequestWriter } from "./writer.js";

describe("Kafka's primitive types", () => {
  it("are read as they were written", () => {
    const body = new RequestWriter(1)
      .boolean(true)
      .int8(-2)
      .int16(-300)
      .int32(-70_000)
      .int64(2 ** 53 - 1)
      .uvarint(300)
      .string("é")
      .nullableString(null)
      .compactString("日本")
      .compactNullableString(null)
      .nullableByteArray(Buffer.from([1, 2]))
      .nullableByteArray(null)
      .array([1, 2], () => undefined)
      .tags()
      .bytes();
    const reader = new ResponseReader(body);
    expect([reader.boolean(), reader.int8(), reader.int16(), reader.int32()]).toEqual([true, -2, -300, -70_000]);
    expect([reader.int64(), reader.uvarint()]).toEqual([2 ** 53 - 1, 300]);
    expect([reader.string(), reader.nullableString()]).toEqual(["é", null]);
    expect([reader.compactString(), reader.compactNullableString()]).toEqual(["日本", null]);
    expect(reader.nullableByteArray()).toEqual(Buffer.from([1, 2]));
    expect(reader.nullableByteArray()).toBeNull();
    expect(reader.array(() => "item")).toEqual(["item", "item"]);
    reader.tags();
    expect(reader.position).toBe(body.length);
  });

  it("have the bytes of the protocol", () => {
    const bytes = new RequestWriter().uvarint(300).int64(-1).compactString("a").string("b").tags().bytes();
    expect(bytes.toString("hex")).toBe("ac02" + "ffffffffffffffff" + "0261" + "000162" + "00");
  });

  it("skip tagged fields they do not know", () => {
    const reader = new ResponseReader(Buffer.from("02" + "0001ff" + "0502aabb" + "07", "hex"));
    reader.tags();
    expect(reader.int8()).toBe(7);
  });

  it("end too soon with an error", () => {
    expect(() => new ResponseReader(Buffer.from("0005", "hex")).string()).toThrow(RangeError);
  });
});
