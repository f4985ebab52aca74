/** Where chance comes from. Seeded in tests and in the simulator. */
export interface Randomness {
  /** Uniform in [0, 2^32). */
  uint32(): number;
  /** Uniform in [0, 1). */
  fraction(): number;
  /** A random (version 4) UUID in its text form. */
  uuid(): string;
}
