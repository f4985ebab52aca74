/** Who writes: a producer id, and the epoch that shuts earlier owners out. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly epoch: number;
}

/** Epochs are 16-bit; after the last one a new producer id is needed. */
export const EPOCH_MAX = 32_766;
