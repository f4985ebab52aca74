import { timestampExtractors, type TimestampExtractor } from "@millrace/streams-core";
import type { NamedFunction } from "../scenario.js";
import { numberIn } from "../values/fields.js";
import { text } from "../values/text.js";
import { made, type FunctionTable } from "./function-table.js";
import { cut, parseLong } from "./mappers.js";

const TIMESTAMP_EXTRACTORS: FunctionTable<TimestampExtractor> = {
  afterAt: () => (record) => {
    const parts = record.value === null ? null : cut(text(record.value), "@");
    return parts === null ? record.timestamp : parseLong(parts[1]);
  },
  constant: (args) => {
    const timestamp = numberIn(args, "value");
    return () => timestamp;
  },
  offset: (args) => {
    const step = numberIn(args, "step");
    return (record) => record.offset * step;
  },
  partitionTime: () => (_, partitionTimeMs) => partitionTimeMs,
  FailOnInvalidTimestamp: () => timestampExtractors.failOnInvalid,
  LogAndSkipOnInvalidTimestamp: () => timestampExtractors.logAndSkip,
  UsePartitionTimeOnInvalidTimestamp: () => timestampExtractors.usePartitionTime,
};

export function timestampExtractor(named: NamedFunction): TimestampExtractor {
  return made("timestamp extractor", TIMESTAMP_EXTRACTORS, named);
}
