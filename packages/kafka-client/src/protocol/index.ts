export { BatchCursor } from "./batch-cursor.js";
export { codecAttribute, supportedCodecs, UnsupportedCodecError } from "./codecs/codecs.js";
export { markerBatch, markerType, type MarkerType } from "./control-batch.js";
export { crc32c } from "./crc32c.js";
export { readableBatches, type AbortedTransaction } from "./readable-batches.js";
export * from "./record-batch.js";
export { RecordBatchWriter } from "./record-batch-writer.js";
