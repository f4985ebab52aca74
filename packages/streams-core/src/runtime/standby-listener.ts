import type { RestoreSubject } from "./restore-listener.js";

/** Why a standby stops following: its task runs here now, or the copy is no longer this instance's. */
export type StandbyEndReason = "promoted" | "migrated";

/** Follows the standbys of stores; calls come in order, start, batches, end, for each store. All are optional. */
export interface StandbyListener {
  /** It goes on from `startOffset`. */
  onStandbyStart?(subject: RestoreSubject, startOffset: number): void;
  /** `rows` were written, up to `offset`, exclusive; the changelog's end was `endOffset` when last asked for. */
  onStandbyBatch?(subject: RestoreSubject, offset: number, rows: number, endOffset: number): void;
  /** What it holds, up to `offset`, stays in the local state. */
  onStandbyEnd?(subject: RestoreSubject, offset: number, reason: StandbyEndReason): void;
}
