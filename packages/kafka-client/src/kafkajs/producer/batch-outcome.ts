import { AuthorizationError, FatalClientError, RecordRefusedError, RetriableError } from "../../port/errors.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import type { ProduceAnswer } from "../../protocol/requests/produce.js";
import { brokerError } from "./broker-error.js";
import type { OutgoingBatch } from "./outgoing-batch.js";
import { produceVerdict, type ProduceVerdict } from "./produce-verdict.js";

/** Notes on the batch what its broker answered (undefined: nothing about it). */
export function noteAnswer(
  tp: TopicPartition,
  batch: OutgoingBatch,
  answer: ProduceAnswer | undefined,
): ProduceVerdict {
  const verdict = answer === undefined ? "unsure" : produceVerdict(answer.errorCode);
  if (answer === undefined || verdict === "unsure") {
    batch.ambiguous = true;
    batch.state = "retry";
  } else if (verdict === "stored") noteStored(tp, batch, answer.baseOffset);
  else if (verdict === "outOfOrder") noteOutOfOrder(batch);
  else if (verdict === "tooLarge") noteTooLarge(tp, batch, answer.message);
  else if (verdict === "failed") {
    noteFailure(batch, brokerError(answer.errorCode, `Writing to ${nameOf(tp)}`, answer.message));
  } else batch.state = "retry";
  return verdict;
}

/** Notes that no answer came. */
export function noteBroken(batch: OutgoingBatch, error: Error): void {
  batch.ambiguous ||= !(error instanceof AuthorizationError);
  if (error instanceof RetriableError) batch.state = "retry";
  else noteFailure(batch, error);
}

/** Notes that it will not be sent again. */
export function noteFailure(batch: OutgoingBatch, error: Error): void {
  batch.state = "failed";
  batch.error = error;
}

function noteStored(tp: TopicPartition, batch: OutgoingBatch, baseOffset: number): void {
  if (baseOffset < 0) {
    const message = `A batch for ${nameOf(tp)} is stored, but the broker does not remember where. Open another producer.`;
    return noteFailure(batch, new FatalClientError(message));
  }
  batch.state = "done";
  batch.baseOffset = baseOffset;
}

function noteOutOfOrder(batch: OutgoingBatch): void {
  if (!batch.sentAsHead) {
    // Those before it may not have been there yet.
    batch.state = "retry";
    return;
  }
  batch.state = "refused";
  // Had it been stored before, the broker would have known it again.
  batch.ambiguous = false;
}

function noteTooLarge(tp: TopicPartition, batch: OutgoingBatch, message: string | null): void {
  if (batch.count > 1 && !batch.ambiguous) {
    batch.state = "split";
    return;
  }
  const words = message === null ? "" : ` The broker says: ${message}`;
  const advice = "Make it smaller, or raise the topic's max.message.bytes.";
  noteFailure(
    batch,
    new RecordRefusedError(
      `A record of about ${batch.bytes} bytes is larger than ${nameOf(tp)} takes. ${advice}${words}`,
    ),
  );
}

export const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;
