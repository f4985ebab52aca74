import type { Headers } from "../model/index.js";

/** The same headers in memory of their own: those of a record may be views on a buffer that is used again. */
export function ownHeaders(headers: Headers): Headers {
  if (headers.length === 0) return headers;
  return headers.map(({ key, value }) => ({ key, value: value === null ? null : new Uint8Array(value) }));
}
