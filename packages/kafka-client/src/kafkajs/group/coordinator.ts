import { sleep, type Environment } from "@millrace/kernel";
import { RetriableError } from "../../port/errors.js";
import { ErrorCode, errorOfCode } from "../../protocol/error-codes.js";
import type { Request } from "../../protocol/requests/request.js";
import type { NodeId, Transport } from "../transport/transport.js";

const PAUSE_MS_MIN = 20;
const PAUSE_MS_MAX = 500;

/** How a call to the coordinator goes on after a failure. */
export interface Persistence {
  readonly environment: Environment;
  /** Ends trying with its reason. */
  readonly signal: AbortSignal;
  /** Until then failures that may pass are tried again; then the last one is thrown. Infinity: until the signal. */
  readonly deadlineMs: number;
}

/** The broker that coordinates one group, wherever it is at the moment. */
export class Coordinator {
  readonly #transport: Transport;
  readonly #groupId: string;

  constructor(transport: Transport, groupId: string) {
    this.#transport = transport;
    this.#groupId = groupId;
  }

  /**
   * Sends `request` once. `codeOf` finds the error code in the answer; `what` is the request in words. Rejects with the typed
   * error of the code; after it is known that the coordinator has moved or is gone, the next call looks for it.
   */
  async call<T>(request: Request<T>, codeOf: (answer: T) => number, what: string): Promise<T> {
    const node = await this.#transport.coordinator("group", this.#groupId);
    const answer = await this.#send(node, request);
    const code = codeOf(answer);
    if (code === ErrorCode.NONE) return answer;
    if (code === ErrorCode.NOT_COORDINATOR || code === ErrorCode.COORDINATOR_NOT_AVAILABLE) this.#forget();
    throw errorOfCode(code, what);
  }

  async #send<T>(node: NodeId, request: Request<T>): Promise<T> {
    try {
      return await this.#transport.send(node, request);
    } catch (error) {
      if (error instanceof RetriableError) this.#forget();
      throw error;
    }
  }

  #forget(): void {
    this.#transport.forgetCoordinator("group", this.#groupId);
  }
}

/** Tries again what fails with RetriableError, after pauses that grow. */
export async function persistently<T>(attempt: () => Promise<T>, persistence: Persistence): Promise<T> {
  const { environment, signal, deadlineMs } = persistence;
  for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RetriableError) || environment.clock.monotonicMs() + pauseMs > deadlineMs) throw error;
    }
    await sleep(environment.scheduler, pauseMs, signal);
  }
}
