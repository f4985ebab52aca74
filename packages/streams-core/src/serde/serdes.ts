import { bigintSerde } from "./bigint-serde.js";
import { booleanSerde } from "./boolean-serde.js";
import { bytesSerde } from "./bytes-serde.js";
import { doubleSerde } from "./double-serde.js";
import { floatSerde } from "./float-serde.js";
import { intSerde } from "./int-serde.js";
import { jsonSerde } from "./json-serde.js";
import { listSerde } from "./list-serde.js";
import { longSerde } from "./long-serde.js";
import { nullableSerde } from "./nullable-serde.js";
import { shortSerde } from "./short-serde.js";
import { stringSerde } from "./string-serde.js";
import { uuidSerde } from "./uuid-serde.js";
import { sessionWindowedSerde, timeWindowedSerde } from "./windowed-serde.js";
import type { Serde } from "../model/index.js";

/** The serdes that come with the library. Bytes are Kafka's own; what does not fit throws SerializationError. */
export interface BuiltInSerdes {
  /** Text as UTF-8. */
  readonly string: Serde<string>;
  /** Whole numbers up to ±(2^53-1) as 8 bytes. */
  readonly long: Serde<number>;
  /** Whole numbers of 64 bits as the same 8 bytes. */
  readonly bigint: Serde<bigint>;
  /** Whole numbers of 32 bits as 4 bytes. */
  readonly int: Serde<number>;
  /** Whole numbers of 16 bits as 2 bytes. */
  readonly short: Serde<number>;
  /** Numbers as 8 bytes. */
  readonly double: Serde<number>;
  /** Numbers rounded to 4 bytes. */
  readonly float: Serde<number>;
  /** One byte, 0 or 1. */
  readonly boolean: Serde<boolean>;
  /** A UUID's text as 36 bytes. */
  readonly uuid: Serde<string>;
  /** Bytes as they are, copied when read. */
  readonly bytes: Serde<Uint8Array>;
  /** JSON text, checked and typed by `parse` if given. */
  readonly json: typeof jsonSerde;
  /** Lists with Kafka's ListSerializer bytes. */
  readonly list: typeof listSerde;
  /** Keys of time windows, given their key's serde and their size in milliseconds. */
  readonly timeWindowed: typeof timeWindowedSerde;
  /** Keys of sessions, given their key's serde. */
  readonly sessionWindowed: typeof sessionWindowedSerde;
  /** The same serde for a key or value that may be null. */
  readonly nullable: typeof nullableSerde;
}

/**
 * The serdes that come with the library.
 *
 * @example
 * builder.stream("clicks", { key: serdes.nullable(serdes.string), value: serdes.json<Click>() });
 */
export const serdes: BuiltInSerdes = Object.freeze({
  string: stringSerde,
  long: longSerde,
  bigint: bigintSerde,
  int: intSerde,
  short: shortSerde,
  double: doubleSerde,
  float: floatSerde,
  boolean: booleanSerde,
  uuid: uuidSerde,
  bytes: bytesSerde,
  json: jsonSerde,
  list: listSerde,
  timeWindowed: timeWindowedSerde,
  sessionWindowed: sessionWindowedSerde,
  nullable: nullableSerde,
});
