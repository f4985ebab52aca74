import { expect, test } from "vitest";
import { FrameCutter } from "./frame-cutter.js";

function frame(text: string): Buffer {
  const bytes = Buffer.from(`....${text}`);
  bytes.writeInt32BE(text.length);
  return bytes;
}

/** Feeds `stream` in pieces of at most `piece` bytes. */
function cut(stream: Buffer, piece: number): string[] {
  const frames: Buffer[] = [];
  const cutter = new FrameCutter((each) => frames.push(each));
  for (let at = 0; at < stream.length;) {
    const bytes = stream.copy(cutter.room(), 0, at, Math.min(at + piece, stream.length));
    cutter.advance(bytes);
    at += bytes;
  }
  return frames.map((each) => each.toString("latin1", 4));
}

test.each([1, 3, 1_000, 4_096, 100_000])("frames come out whole, whatever comes at once (%i bytes)", (piece) => {
  const texts = [
    "",
    "a",
    "small",
    "x".repeat(4_091),
    "y".repeat(4_092),
    "z".repeat(4_093),
    "large".repeat(9_000),
    "end",
  ];
  expect(cut(Buffer.concat(texts.map(frame)), piece)).toEqual(texts);
});

test("a frame is left alone by what is read after it", () => {
  const frames: Buffer[] = [];
  const cutter = new FrameCutter((each) => frames.push(each));
  for (const text of ["first", "other"]) cutter.advance(frame(text).copy(cutter.room()));
  expect(frames.map((each) => each.toString("latin1", 4))).toEqual(["first", "other"]);
});

test("a length below zero is not Kafka's protocol", () => {
  const cutter = new FrameCutter(() => undefined);
  expect(() => cutter.advance(Buffer.alloc(8, 0xff).copy(cutter.room()))).toThrow("not Kafka's protocol");
});
