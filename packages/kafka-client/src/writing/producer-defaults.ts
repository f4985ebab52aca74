/** What holds where a producer's configuration says nothing. */
export const producerDefaults = {
  batchBytes: 512 * 1024,
  bufferBytesMax: 32 * 1024 * 1024,
  transactionTimeoutMs: 60_000,
} as const;
