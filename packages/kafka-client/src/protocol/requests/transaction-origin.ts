/** Whose transaction a request is about. */
export interface TransactionOrigin {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly epoch: number;
}
