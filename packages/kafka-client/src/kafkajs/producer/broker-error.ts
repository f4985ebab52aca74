import {
  ProducerFencedError,
  RecordRefusedError,
  TransactionAbortableError,
  type ClientError,
} from "../../port/errors.js";
import { ErrorCode, errorName, errorOfCode } from "../../protocol/error-codes.js";

/** Codes by which a broker refuses the records themselves. */
const ofRecords: ReadonlyMap<number, string> = new Map([
  [17, "the topic's name is not valid"],
  [32, "a timestamp is outside of what the topic takes"],
  [38, "there are too few replicas"],
  [44, "a policy of the cluster forbids it"],
  [76, "the topic does not take this compression"],
  [ErrorCode.INVALID_RECORD, "a record is not valid, such as one without a key for a compacted topic"],
]);

/** The typed error for what a broker or coordinator answered a producer. `what`: the request in words. */
export function brokerError(code: number, what: string, message: string | null = null): ClientError {
  const words = message === null ? "" : ` The broker says: ${message}`;
  const reason = ofRecords.get(code);
  if (reason !== undefined) {
    return new RecordRefusedError(`${what} was refused: ${errorName(code)}, ${reason}.${words}`);
  }
  switch (code) {
    case ErrorCode.INVALID_PRODUCER_ID_MAPPING:
    case ErrorCode.UNKNOWN_PRODUCER_ID:
      return new ProducerFencedError(
        `${what} was refused: ${errorName(code)}. The cluster has forgotten this producer: close it and open another one.`,
      );
    case ErrorCode.INVALID_TXN_STATE:
      return new TransactionAbortableError(
        `${what} was refused: ${errorName(code)}. The transaction is not open any more: abort it, then begin another one.`,
      );
    case INVALID_TRANSACTION_TIMEOUT:
      return errorOfCode(
        code,
        `${what} with this transactionTimeoutMs (the brokers' limit is transaction.max.timeout.ms)`,
      );
    default:
      return errorOfCode(code, what);
  }
}

const INVALID_TRANSACTION_TIMEOUT = 50;
