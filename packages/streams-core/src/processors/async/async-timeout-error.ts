import { StreamsError } from "../../model/index.js";

/** A call of an asynchronous operator took too long. */
export class AsyncTimeoutError extends StreamsError {
  override readonly code = "MILLRACE_ASYNC_TIMEOUT";
  constructor(nodeName: string, timeoutMs: number) {
    super(`A call of ${nodeName} did not settle within ${timeoutMs} ms. Raise timeoutMs, or see why it takes so long.`);
  }
}
