/** A request we write ourselves, at one fixed version. */
export interface Request<T> {
  readonly name: string;
  readonly apiKey: number;
  readonly apiVersion: number;
  /** Flexible versions carry tagged fields in their headers: one empty tag section before the body, both ways. */
  readonly flexible: boolean;
  /** How long the answer may take, in ms, beyond the transport's own time-out: a join or a long poll waits on purpose. */
  readonly waitMs?: number;
  /** The broker's wish for a pause (KIP-219) ends the answer, as in Produce only; elsewhere it comes first. */
  readonly throttleLast?: boolean;
  /** The body, without its header. */
  encode(): Buffer;
  /** The same in pieces, where it pays not to copy what is large: they must not change until the answer. */
  pieces?(): readonly Uint8Array[];
  /** Reads the body of the answer. Throws nothing for error codes: they are part of the answer. */
  decode(body: Buffer): T;
}
