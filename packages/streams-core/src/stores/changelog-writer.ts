/** Takes the changes of one store to its changelog topic. Key and value may be reused after the call. */
export interface ChangelogWriter {
  /** `value` null: the row was deleted. */
  write(key: Uint8Array, value: Uint8Array | null, timestamp: number): void;
}
