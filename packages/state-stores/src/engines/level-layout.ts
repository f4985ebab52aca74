import type { StoreKey } from "../contract/index.js";
import type { CommitMark } from "./engine.js";

/** Version of the layout below. Another one is refused. */
export const LEVEL_FORMAT = 1;

/**
 * Keys of the database are UTF-8 of `prefix of the store` + store key. UTF-8 keeps the order of latin1 strings, and
 * strings are what the database takes fastest. The row below comes before all stores.
 */
export const META_KEY = "\0meta";

/** What the meta row holds; written with every batch. */
export interface LevelMeta extends CommitMark {
  /** Names of the stores; the place in the list gives the prefix. */
  readonly stores: readonly string[];
  /** About how many rows each store has, in the order of `stores`. */
  readonly counts: readonly number[];
  /** Where the rows of each store begin: what is before was dropped, deleted or not. Null: at the first one. */
  readonly floors: readonly (StoreKey | null)[];
}

interface MetaRow {
  readonly format: number;
  readonly stores: readonly string[];
  readonly counts: readonly number[];
  /** State of earlier versions has none. */
  readonly floors?: readonly (StoreKey | null)[];
  readonly offsets: readonly (readonly [changelog: string, offset: number])[];
  readonly stamp: CommitMark["stamp"];
}

const SHORT_PREFIXES = 0x7e;
const LONG_PREFIX = "\x7f";
const LONG_DIGIT = 0x7f;

/** The prefix of the store at that place: one character for the first 126 stores, three for later ones; none starts another. */
export const storePrefix = (index: number): string => {
  if (index < SHORT_PREFIXES) return String.fromCharCode(index + 1);
  const rest = index - SHORT_PREFIXES;
  return LONG_PREFIX + String.fromCharCode(Math.floor(rest / LONG_DIGIT) + 1, (rest % LONG_DIGIT) + 1);
};

/** The bytes of the meta row. */
export const encodeMeta = (meta: LevelMeta): Uint8Array => {
  const { stores, counts, floors, offsets, stamp } = meta;
  const row: MetaRow = { format: LEVEL_FORMAT, stores, counts, floors, offsets: [...offsets], stamp };
  return Buffer.from(JSON.stringify(row));
};

/** The format of a meta row, and its contents when the format is ours. Throws a SyntaxError on what is not JSON. */
export const decodeMeta = (bytes: Uint8Array): { readonly format: unknown; readonly meta: LevelMeta | null } => {
  const row = JSON.parse(Buffer.from(bytes).toString()) as MetaRow;
  if (row.format !== LEVEL_FORMAT) return { format: row.format, meta: null };
  const { stores, counts, floors = [], offsets, stamp } = row;
  return { format: row.format, meta: { stores, counts, floors, offsets: new Map(offsets), stamp } };
};
