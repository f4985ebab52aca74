/** What the leader tells a member with its partitions. */
export interface AssignmentData {
  /** It runs tasks that are to move: when it has let go of them, another round must give them away. */
  readonly letsGo: boolean;
}

const LETS_GO: Uint8Array = Buffer.from(JSON.stringify({ version: 1, letsGo: true }));

/** Null when there is nothing to tell. */
export function encodeAssignmentData({ letsGo }: AssignmentData): Uint8Array | null {
  return letsGo ? LETS_GO : null;
}

/** Bytes of another version or of somebody else say nothing. */
export function decodeAssignmentData(bytes: Uint8Array | null): AssignmentData {
  return { letsGo: bytes !== null && Buffer.compare(bytes, LETS_GO) === 0 };
}
