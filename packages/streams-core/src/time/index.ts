export { InvalidTimestampError } from "./invalid-timestamp-error.js";
export { decodeOffsetMetadata, encodeOffsetMetadata } from "./offset-metadata.js";
export { failOnInvalidTimestamp, timestampExtractors, type TimestampExtractors } from "./timestamp-extractors.js";
