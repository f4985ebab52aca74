import { expect, test } from "vitest";
import type { Codec } from "../../port/client.js";
import { CorruptRecordsError } from "../../port/errors.js";
import { codecAttribute, compress, decompress, UNPACKED_BYTES_MAX, UnsupportedCodecError } from "./codecs.js";

const compressing: readonly Codec[] = ["gzip", "snappy", "lz4", "zstd"];
const TEXT = "the same sixteen characters again and again; ";

/** As `zstd --no-check` wrote it from its standard input: without its content size, as Java's client does. */
const ZSTD_WITHOUT_SIZE = "28b52ffd0058850000487468652073616d652001005c54cb11";
/** As librdkafka frames snappy: one bare block. */
const BARE_SNAPPY = Buffer.from([5, 4 << 2, 0x68, 0x65, 0x6c, 0x6c, 0x6f]);

const bytes = (...parts: (number | readonly number[])[]) => Uint8Array.from(parts.flat());

test.each(compressing)("%s makes repetitive records smaller, and gives them back", (codec) => {
  const records = Buffer.from(TEXT.repeat(20_000));
  const packed = compress(codecAttribute(codec), records);
  expect(packed.length).toBeLessThan(records.length / 10);
  expect(records.equals(decompress(codecAttribute(codec), packed))).toBe(true);
});

test.each(compressing)("%s gives back nothing for nothing", (codec) => {
  const attribute = codecAttribute(codec);
  expect(decompress(attribute, compress(attribute, new Uint8Array(0)))).toHaveLength(0);
});

test.each(compressing)("%s refuses records that come to more than the caller allows", (codec) => {
  const attribute = codecAttribute(codec);
  const packed = compress(attribute, Buffer.alloc(9_000_000));
  expect(() => decompress(attribute, packed, 1_000_000)).toThrow(CorruptRecordsError);
});

test.each(compressing)("%s refuses bytes that are no such frame", (codec) => {
  expect(() => decompress(codecAttribute(codec), Buffer.from("these are no records"))).toThrow(CorruptRecordsError);
});

test("snappy is framed in blocks as Java reads and writes it, and a bare block is read as well", () => {
  const packed = Buffer.from(compress(2, Buffer.from(TEXT.repeat(2_000))));
  expect(packed.subarray(0, 16).toString("latin1")).toBe("\x82SNAPPY\0\0\0\0\x01\0\0\0\x01");
  expect(packed.readInt32BE(16)).toBeLessThan(32_768);
  expect(decompress(2, BARE_SNAPPY)).toEqual(Buffer.from("hello"));
});

test("lz4 frames have independent blocks, which is all Java reads", () => {
  const flags = compress(3, Buffer.from(TEXT.repeat(200_000)))[4]!;
  expect(flags & 0x20).toBe(0x20);
});

test("a zstd frame without its content size is read", () => {
  expect(Buffer.from(decompress(4, Buffer.from(ZSTD_WITHOUT_SIZE, "hex"))).toString()).toBe("the same ".repeat(40));
});

test.each([
  ["snappy, bare", 2, bytes([0xff, 0xff, 0xff, 0xff, 0x07], [0, 1, 2, 3])],
  ["zstd by its content size", 4, bytes([0x28, 0xb5, 0x2f, 0xfd, 0xe0], new Array<number>(8).fill(0x3f), [1, 0, 0])],
  ["zstd by a run of one byte", 4, bytes([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58], ...runs(3_000), [3, 0, 0x10, 7])],
])("a length of gigabytes is refused before anything is allocated: %s", (_, attribute, packed) => {
  const before = process.memoryUsage().rss;
  expect(() => decompress(attribute, packed)).toThrow(CorruptRecordsError);
  expect(process.memoryUsage().rss - before).toBeLessThan(UNPACKED_BYTES_MAX / 4);
});

test("a codec that Kafka does not have is named", () => {
  expect(() => decompress(5, new Uint8Array(1))).toThrow(UnsupportedCodecError);
  expect(() => compress(0, new Uint8Array(1))).toThrow(UnsupportedCodecError);
});

/** Blocks that repeat one byte 131,072 times each. */
function runs(count: number): number[][] {
  return Array.from({ length: count }, () => [0x02, 0x00, 0x10, 7]);
}
