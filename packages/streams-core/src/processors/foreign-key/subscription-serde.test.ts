import { describe, expect, it } from "vitest";
import { StreamsError } from "../../model/index.js";
import { serdes } from "../../serde/index.js";
import { responseSerde, subscriptionSerde } from "./subscription-serde.js";
import { instruction, type Subscription, type SubscriptionResponse } from "./subscription.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const hash = bytes("d1f0f91b7549b36ab4a702684c769cc4");
const primaryKey = bytes("61");

/** As Kafka Streams 4.3.1 writes them; the third as it did before 3.4. */
const subscriptions: [written: string, subscription: Subscription][] = [
  [
    "0103d1f0f91b7549b36ab4a702684c769cc46100000007",
    { hash, instruction: instruction.answerWithRow, primaryKey, primaryPartition: 7 },
  ],
  ["81016100000000", { hash: null, instruction: instruction.forgetAndAnswer, primaryKey, primaryPartition: 0 }],
  [
    "0000d1f0f91b7549b36ab4a702684c769cc461",
    { hash, instruction: instruction.forget, primaryKey, primaryPartition: null },
  ],
];

describe("subscriptions of foreign-key joins", () => {
  it.each(subscriptions)("%s", (written, subscription) => {
    expect(hex(subscriptionSerde.serialize("t", subscription))).toBe(written);
    expect(subscriptionSerde.deserialize("t", bytes(written))).toEqual(subscription);
  });

  it.each([
    ["of a later version", "02036100000000"],
    ["with an unknown instruction", "81046100000000"],
    ["cut off", "0103d1f0"],
    ["empty", ""],
  ])("%s are refused", (_, written) => {
    expect(() => subscriptionSerde.deserialize("t", bytes(written))).toThrow(StreamsError);
  });
});

describe("answers of foreign-key joins", () => {
  const serde = responseSerde(serdes.string);

  it.each<[string, SubscriptionResponse<string>]>([
    ["00d1f0f91b7549b36ab4a702684c769cc45031", { hash, value: "P1", primaryPartition: null }],
    ["00d1f0f91b7549b36ab4a702684c769cc4", { hash, value: null, primaryPartition: null }],
    ["80", { hash: null, value: null, primaryPartition: null }],
  ])("%s", (written, response) => {
    expect(hex(serde.serialize("t", response))).toBe(written);
    expect(serde.deserialize("t", bytes(written))).toEqual(response);
  });

  it.each([
    ["of a later version", "0150"],
    ["cut off", "00d1f0"],
    ["empty", ""],
  ])("%s are refused", (_, written) => {
    expect(() => serde.deserialize("t", bytes(written))).toThrow(StreamsError);
  });
});
