import { FatalClientError, ProducerFencedError } from "../../port/errors.js";
import type { RecordBatch } from "../../protocol/index.js";

/** Kafka remembers this many batches of a producer to recognise one that was sent again. */
const REMEMBERED_BATCHES = 5;
const SEQUENCE_MASK = 0x7fffffff;

/** Producers beyond this many are forgotten, the first to come first, so that short-lived ones do not add up. */
const REMEMBERED_PRODUCERS = 10_000;

/** What a partition remembers of one producer. */
interface ProducerSequence {
  epoch: number;
  lastSequence: number;
  /** [base sequence, base offset] of the latest batches, oldest first. */
  recent: [number, number][];
}

/** Checks that each producer's batches arrive once and in order (idempotence), and that its epoch is current. */
export class ProducerSequences {
  readonly #producers = new Map<number, ProducerSequence>();

  /** Base offset of the stored twin when `batch` was stored before; -1 when it is new and next. Throws otherwise. */
  check(batch: RecordBatch): number {
    const known = this.#producers.get(batch.producerId);
    if (known !== undefined && batch.producerEpoch < known.epoch) {
      throw new ProducerFencedError(
        `Producer ${batch.producerId} wrote with epoch ${batch.producerEpoch}, but epoch ${known.epoch} has taken over. Close it.`,
      );
    }
    // Never seen, or forgotten: as on a broker, any sequence will do (KIP-360).
    if (known === undefined) return -1;
    const fresh = batch.producerEpoch > known.epoch;
    const expected = fresh ? 0 : (known.lastSequence + 1) & SEQUENCE_MASK;
    if (batch.baseSequence === expected) return -1;
    const twin = fresh ? undefined : known.recent.find(([sequence]) => sequence === batch.baseSequence);
    if (twin !== undefined) return twin[1];
    throw new FatalClientError(
      `Producer ${batch.producerId} wrote sequence ${batch.baseSequence} where ${expected} was due: a batch is missing. Start a new producer.`,
    );
  }

  stored(batch: RecordBatch): void {
    let known = this.#producers.get(batch.producerId);
    if (known === undefined || known.epoch !== batch.producerEpoch) {
      known = { epoch: batch.producerEpoch, lastSequence: -1, recent: [] };
      this.#producers.set(batch.producerId, known);
      if (this.#producers.size > REMEMBERED_PRODUCERS) this.#forgetFirst();
    }
    // By offsets, not by count: compaction may have taken records out of the batch.
    known.lastSequence = (batch.baseSequence + batch.lastOffset - batch.baseOffset) & SEQUENCE_MASK;
    known.recent.push([batch.baseSequence, batch.baseOffset]);
    if (known.recent.length > REMEMBERED_BATCHES) known.recent.shift();
  }

  /** Batches of an older epoch are refused from now on. */
  bump(producerId: number, epoch: number): void {
    const known = this.#producers.get(producerId);
    if (known !== undefined && known.epoch < epoch) {
      this.#producers.set(producerId, { epoch, lastSequence: -1, recent: [] });
    }
  }

  #forgetFirst(): void {
    for (const producerId of this.#producers.keys()) {
      this.#producers.delete(producerId);
      return;
    }
  }
}
