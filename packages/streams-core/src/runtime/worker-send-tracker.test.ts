import { tp } from "@millrace/kafka-client";
import { expect, test } from "vitest";
import { ChangelogError } from "./worker-errors.js";
import { SendTracker } from "./worker-send-tracker.js";

const changelog = tp("changelog", 0);

function tracker(): SendTracker {
  const sends = new SendTracker();
  sends.watch("changelog", 0);
  return sends;
}

function send(sends: SendTracker, from: number, to: number): void {
  for (let sequence = from; sequence <= to; sequence++) sends.sent("changelog", 0, sequence);
}

test.each([
  ["acknowledged before the mark", (sends: SendTracker) => sends.acknowledged(changelog, 0, 3, 100), () => {}],
  ["acknowledged after the mark", () => {}, (sends: SendTracker) => sends.acknowledged(changelog, 0, 3, 100)],
  [
    "acknowledged with later records in one batch",
    () => {},
    (sends: SendTracker) => sends.acknowledged(changelog, 0, 9, 100),
  ],
  [
    "acknowledged in several batches",
    (sends: SendTracker) => sends.acknowledged(changelog, 0, 2, 100),
    (sends: SendTracker) => {
      sends.acknowledged(changelog, 2, 4, 102);
      sends.acknowledged(changelog, 6, 3, 106);
    },
  ],
])("the offset is the one after the last record before the mark: %s", (_, before, after) => {
  const sends = tracker();
  send(sends, 0, 2);
  before(sends);
  sends.mark();
  send(sends, 3, 8);
  after(sends);
  expect(sends.markedOffset("changelog", 0)).toBe(103);
});

test("there is none for a partition nothing was sent to since the mark before, or that is not watched", () => {
  const sends = tracker();
  send(sends, 0, 2);
  sends.acknowledged(changelog, 0, 3, 100);
  sends.mark();
  sends.mark();
  expect(sends.markedOffset("changelog", 0)).toBeUndefined();
  sends.sent("other", 0, 1);
  expect(sends.markedOffset("other", 0)).toBeUndefined();
});

test("a record that was flushed and not acknowledged is an error", () => {
  const sends = tracker();
  send(sends, 0, 2);
  sends.mark();
  sends.acknowledged(changelog, 0, 2, 100);
  expect(() => sends.markedOffset("changelog", 0)).toThrow(ChangelogError);
});

test("a new producer counts anew", () => {
  const sends = tracker();
  send(sends, 0, 5);
  sends.reset();
  sends.mark();
  expect(sends.markedOffset("changelog", 0)).toBeUndefined();
  send(sends, 0, 0);
  sends.mark();
  sends.acknowledged(changelog, 0, 1, 7);
  expect(sends.markedOffset("changelog", 0)).toBe(8);
});

test.each([
  [false, undefined],
  [true, 106],
])(
  "where others have written in between, there is no offset, but with exactly-once (%s) there are markers",
  (exactlyOnce, offset) => {
    const sends = new SendTracker(exactlyOnce);
    sends.watch("changelog", 0);
    send(sends, 0, 4);
    sends.acknowledged(changelog, 0, 3, 100);
    sends.acknowledged(changelog, 3, 2, 104);
    sends.mark();
    expect(sends.markedOffset("changelog", 0)).toBe(offset);
  },
);
