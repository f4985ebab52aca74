import { MillraceError } from "@millrace/kernel";

/** The store was asked for as one of another kind than it is. */
export class StoreKindError extends MillraceError {
  readonly code = "MILLRACE_STORE_KIND";

  constructor(store: string, asked: string, kind: string) {
    super(
      `Store "${store}" is a ${kind} store and cannot be read as ${asked}. Use the function of queryable that fits.`,
    );
  }
}

/** Tasks are being shared out: it is not known what this instance will hold. It will be soon; ask again. */
export class StoreRebalancingError extends MillraceError {
  readonly code = "MILLRACE_STORE_REBALANCING";

  constructor(store: string) {
    super(
      `Store "${store}" cannot be read while the application's tasks are shared out anew. ` +
        `Ask again when app.state is RUNNING, or read what is here with { staleStores: true }.`,
    );
  }
}

/** Partitions of the store are being restored here. Ask again, or ask an instance that has a standby of them. */
export class StoreRestoringError extends MillraceError {
  readonly code = "MILLRACE_STORE_RESTORING";
  readonly partitions: readonly number[];

  constructor(store: string, partitions: readonly number[]) {
    super(
      `Store "${store}" is being restored (partition ${partitions.join(", ")}). ` +
        `Ask again when app.state is RUNNING, or read what is there already with { staleStores: true }.`,
    );
    this.partitions = partitions;
  }
}

/**
 * The partition that was asked for is not here, or moved away while its rows were read: ask `app.metadataForKey` who has
 * it, and ask again.
 */
export class StoreMovedError extends MillraceError {
  readonly code = "MILLRACE_STORE_MOVED";
  readonly partition: number;

  constructor(store: string, partition: number) {
    super(
      `Partition ${partition} of store "${store}" is not here, or no longer. ` +
        `Ask app.metadataForKey() or app.instances() who has it.`,
    );
    this.partition = partition;
  }
}

/** Changes of a store were not taken as fast as they came. Take them faster, or choose another `overflow`. */
export class ChangesOverflowError extends MillraceError {
  readonly code = "MILLRACE_CHANGES_OVERFLOW";

  constructor(store: string, bufferMax: number) {
    super(
      `More than ${bufferMax} changes of store "${store}" wait to be taken. ` +
        `Take them faster, raise bufferMax, or pass { overflow: "latestPerKey" } or "dropOldest".`,
    );
  }
}
