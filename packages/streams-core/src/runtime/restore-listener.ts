/** Which store of which task is restored, and from where. */
export interface RestoreSubject {
  readonly store: string;
  /** Such as `0_3`. */
  readonly taskId: string;
  readonly topic: string;
  readonly partition: number;
}

/** Follows the restoring of stores; calls come in order, start, batches, end, for each store. All are optional. */
export interface RestoreListener {
  /** `startOffset` inclusive, `endOffset` exclusive; the second is how far it will go. */
  onRestoreStart?(subject: RestoreSubject, startOffset: number, endOffset: number): void;
  /** `restored` rows were written, up to `offset`, exclusive. */
  onRestoreBatch?(subject: RestoreSubject, offset: number, restored: number): void;
  /** `restoredTotal` rows in all; `interrupted` when the task was closed or started over before it was done. */
  onRestoreEnd?(subject: RestoreSubject, restoredTotal: number, interrupted: boolean): void;
}
