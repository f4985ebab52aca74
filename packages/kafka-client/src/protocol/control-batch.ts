import { readInt16 } from "./int64.js";
import { CONTROL, HEADER_BYTES, TRANSACTIONAL, type RecordBatch } from "./record-batch.js";
import { RecordBatchWriter } from "./record-batch-writer.js";
import { VarintReader } from "./varint.js";

/** How a transaction ended in one partition. */
export type MarkerType = "abort" | "commit";

/** Who ends a transaction, and how its marker is stamped. */
export interface TransactionMarker {
  readonly type: MarkerType;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly timestamp: number;
  readonly checksum: boolean;
}

/** A control batch of one record: key = version 0 and the type (0 abort, 1 commit), value = version 0 and coordinator epoch. */
export function markerBatch(marker: TransactionMarker): RecordBatch {
  const writer = new RecordBatchWriter(128);
  const key = Uint8Array.of(0, 0, 0, marker.type === "commit" ? 1 : 0);
  writer.append(key, new Uint8Array(6), marker.timestamp, null);
  return writer.finish({
    attributes: TRANSACTIONAL | CONTROL,
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    baseSequence: -1,
    checksum: marker.checksum,
  });
}

/** What a control batch says, or null when it is no transaction marker (other control types exist). */
export function markerType(batch: RecordBatch): MarkerType | null {
  const reader = new VarintReader(batch.buffer, batch.start + HEADER_BYTES);
  reader.varint();
  reader.position++;
  reader.varlong();
  reader.varint();
  if (reader.varint() < 4) return null;
  const type = readInt16(batch.buffer, reader.position + 2);
  return type === 0 ? "abort" : type === 1 ? "commit" : null;
}
