/** An update of a table on its way downstream: what the row is now and, where asked for, what it was. */
export class Change<V> {
  readonly newValue: V | null;
  readonly oldValue: V | null;
  /** False for an out-of-order update of a versioned table. */
  readonly isLatest: boolean;

  constructor(newValue: V | null, oldValue: V | null, isLatest = true) {
    this.newValue = newValue;
    this.oldValue = oldValue;
    this.isLatest = isLatest;
  }
}
