import { FatalClientError, RecordRefusedError, TransactionAbortableError } from "../port/errors.js";

export function notInitialised(): FatalClientError {
  return new FatalClientError(
    "This producer has no transactional id, or was not initialised. Set transactionalId and await init() first.",
  );
}

export function transactionOpen(): FatalClientError {
  return new FatalClientError("A transaction is open already. Commit or abort it first.");
}

export function noTransaction(): FatalClientError {
  return new FatalClientError("No transaction is open. Await init() once, then begin() before each transaction.");
}

export function abortFirst(cause: Error): TransactionAbortableError {
  return new TransactionAbortableError(
    `The transaction cannot be committed: ${cause.message} Abort it; then begin another one.`,
    { cause },
  );
}

export function producerClosed(): FatalClientError {
  return new FatalClientError("This producer is closed. Open another one to go on writing.");
}

export function noSuchPartition(topic: string, partitionCount: number, partition: number): RecordRefusedError {
  return new RecordRefusedError(
    `Topic ${topic} has ${partitionCount} partitions, so there is no partition ${partition}. Choose one from 0 to ${partitionCount - 1}.`,
  );
}
