import type { GroupConsumer, GroupProtocolError, StreamsAdmin } from "@millrace/kafka-client";
import { abortable, timedOut, within, type Environment } from "@millrace/kernel";
import type { Patience } from "./patience.js";
import { GroupOccupiedError } from "./worker-errors.js";

const RETRY_MS = 1_000;
const LOG_INTERVAL_MS = 10_000;
/** Who is in the group is worth knowing, not worth waiting for. */
const DESCRIBE_MS = 2_000;
const NAMES_MAX = 10;

export interface GroupWaitOptions {
  readonly consumer: GroupConsumer;
  readonly admin: StreamsAdmin;
  readonly environment: Environment;
  readonly patience: Patience;
  /** Ends all waiting with its reason. */
  readonly signal: AbortSignal;
  readonly taskTimeoutMs: number;
}

/**
 * Patience with a group that still has members of another kind: a Kafka Streams app that was stopped stays in its group
 * until its session ends (R4).
 */
export class GroupWait {
  readonly #options: GroupWaitOptions;
  #sinceMs = 0;
  #toldAtMs = -Infinity;
  /** Of this member when it was refused last: another one shows that it has been in the group meanwhile. */
  #generation: number | null = null;

  constructor(options: GroupWaitOptions) {
    this.#options = options;
  }

  /**
   * To be called each time the group refuses the worker; resolves when it is time to ask again. Rejects with GroupOccupiedError
   * once that has gone on for `taskTimeoutMs`, and with the signal's reason.
   */
  async refused(cause: GroupProtocolError): Promise<void> {
    const { consumer, environment, patience, taskTimeoutMs } = this.#options;
    const { groupId, generation } = consumer.groupMetadata();
    const nowMs = environment.clock.monotonicMs();
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#sinceMs = nowMs;
      this.#toldAtMs = -Infinity;
    }
    const leftMs = this.#sinceMs + taskTimeoutMs - nowMs;
    if (leftMs <= 0) {
      this.#generation = null;
      throw new GroupOccupiedError(groupId, taskTimeoutMs, await this.#members(groupId), cause);
    }
    if (nowMs - this.#toldAtMs >= LOG_INTERVAL_MS) {
      this.#toldAtMs = nowMs;
      environment.logger.warn(
        "The group has members that do not assign as this app does, such as a Kafka Streams app of the same id. It waits until they have left, or their sessions have ended.",
        { groupId, members: await this.#members(groupId), waitedMs: nowMs - this.#sinceMs, givesUpInMs: leftMs },
      );
    }
    await patience.pause(Math.min(RETRY_MS, leftMs));
  }

  /** The client ids of who is in the group; none when that cannot be learned just now. */
  async #members(groupId: string): Promise<readonly string[]> {
    const { admin, environment, signal } = this.#options;
    try {
      const asked = within(environment.scheduler, DESCRIBE_MS, admin.describeGroups([groupId]));
      const groups = await abortable(asked, signal);
      if (groups === timedOut) return [];
      return groups.flatMap(({ members }) => members.slice(0, NAMES_MAX).map(({ clientId }) => clientId));
    } catch (error) {
      signal.throwIfAborted();
      environment.logger.debug("The members of the group could not be learned.", { groupId, error });
      return [];
    }
  }
}
