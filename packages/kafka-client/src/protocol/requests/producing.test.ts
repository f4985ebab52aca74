import { expect, test } from "vitest";
import { tp } from "../../port/topic-partition.js";
import { RecordBatchWriter } from "../record-batch-writer.js";
import { addOffsetsToTxnRequest } from "./add-offsets-to-txn.js";
import { addPartitionsToTxnRequest } from "./add-partitions-to-txn.js";
import { endTxnRequest } from "./end-txn.js";
import { initProducerIdRequest } from "./init-producer-id.js";
import { produceRequest } from "./produce.js";
import { txnOffsetCommitRequest } from "./txn-offset-commit.js";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/gu, ""), "hex");
const origin = { transactionalId: "tx", producerId: 258, epoch: 3 };

function oneRecord() {
  const writer = new RecordBatchWriter(100);
  writer.append(null, Buffer.from("v"), 5, null);
  return writer.finish({ attributes: 0, producerId: 1, producerEpoch: 0, baseSequence: 0, checksum: true });
}

test("Produce v8 lists batches by topic", () => {
  const records = oneRecord();
  const batch = Buffer.from(records.buffer).toString("hex");
  const length = Buffer.from(records.buffer).length.toString(16).padStart(8, "0");
  const request = produceRequest({
    transactionalId: "tx",
    timeoutMs: 30_000,
    batches: [
      { tp: tp("a", 1), records },
      { tp: tp("b", 0), records },
      { tp: tp("a", 2), records },
    ],
  });
  expect(request.encode()).toEqual(
    hex(`0002 7478 ffff 00007530 00000002
      0001 61 00000002 00000001 ${length} ${batch} 00000002 ${length} ${batch}
      0001 62 00000001 00000000 ${length} ${batch}`),
  );
  const nobody = produceRequest({ transactionalId: null, timeoutMs: 1, batches: [] });
  expect(nobody.encode()).toEqual(hex("ffff ffff 00000001 00000000"));
});

test("an answer to Produce v8 is read by partition, with the broker's words", () => {
  const answer = hex(`00000001 0001 61 00000002
    00000001 0000 0000000000000007 ffffffffffffffff 0000000000000000 00000000 ffff
    00000002 0057 ffffffffffffffff ffffffffffffffff ffffffffffffffff 00000001 00000000 0003 6e6f21 ffff
    00000000`);
  expect(produceRequest({ transactionalId: null, timeoutMs: 1, batches: [] }).decode(answer)).toEqual(
    new Map([
      [tp("a", 1), { errorCode: 0, baseOffset: 7, message: null }],
      [tp("a", 2), { errorCode: 87, baseOffset: -1, message: "no!" }],
    ]),
  );
});

test("InitProducerId v4, without and with an id", () => {
  const start = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, epoch: -1 };
  expect(initProducerIdRequest(start).encode()).toEqual(hex("00 0000ea60 ffffffffffffffff ffff 00"));
  const again = initProducerIdRequest({ ...start, ...origin });
  expect(again.encode()).toEqual(hex("03 7478 0000ea60 0000000000000102 0003 00"));
  expect(again.decode(hex("00000000 0033 0000000000000102 0004 00"))).toEqual({
    errorCode: 51,
    producerId: 258,
    epoch: 4,
  });
});

test("AddPartitionsToTxn v2 answers by partition", () => {
  const request = addPartitionsToTxnRequest(origin, [tp("a", 1), tp("a", 2)]);
  expect(request.encode()).toEqual(hex("0002 7478 0000000000000102 0003 00000001 0001 61 00000002 00000001 00000002"));
  expect(request.decode(hex("00000000 00000001 0001 61 00000002 00000001 0000 00000002 0003"))).toEqual(
    new Map([
      [tp("a", 1), 0],
      [tp("a", 2), 3],
    ]),
  );
});

test("AddOffsetsToTxn v2 and EndTxn v2 answer a code", () => {
  const offsets = addOffsetsToTxnRequest(origin, "g");
  expect(offsets.encode()).toEqual(hex("0002 7478 0000000000000102 0003 0001 67"));
  expect(offsets.decode(hex("00000000 0010"))).toBe(16);
  const end = endTxnRequest(origin, true);
  expect(end.encode()).toEqual(hex("0002 7478 0000000000000102 0003 01"));
  expect(end.decode(hex("00000000 005a"))).toBe(90);
});

test("TxnOffsetCommit v3 names generation, member and instance", () => {
  const group = { groupId: "g", generation: 7, memberId: "m", instanceId: null };
  const request = txnOffsetCommitRequest(
    origin,
    group,
    new Map([
      [tp("a", 1), { offset: 9, metadata: "x" }],
      [tp("a", 2), { offset: 10, leaderEpoch: 4 }],
    ]),
  );
  expect(request.encode()).toEqual(
    hex(`03 7478 02 67 0000000000000102 0003 00000007 02 6d 00
      02 02 61 03
        00000001 0000000000000009 ffffffff 02 78 00
        00000002 000000000000000a 00000004 00 00
      00 00`),
  );
  expect(request.decode(hex("00000000 02 02 61 02 00000001 0016 00 00 00"))).toEqual(new Map([[tp("a", 1), 22]]));
});
