import { AuthorizationError, RetriableError } from "../../port/errors.js";
import { ErrorCode, errorName } from "../../protocol/error-codes.js";
import { metadataRequest, type MetadataResponse } from "../../protocol/requests/metadata.js";
import type { Request } from "../../protocol/requests/request.js";
import type { ClusterMap } from "./cluster-map.js";

const MISSING: ReadonlySet<number> = new Set([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.INVALID_TOPIC]);

/** Asks for metadata, one request at a time: calls made meanwhile share the next one, which sees what happened since. */
export class MetadataRefresh {
  readonly #map: ClusterMap;
  readonly #ask: (request: Request<MetadataResponse>) => Promise<MetadataResponse>;
  readonly #topics = new Set<string>();
  #running: Promise<unknown> | null = null;
  #next: Promise<MetadataResponse> | null = null;

  constructor(map: ClusterMap, ask: (request: Request<MetadataResponse>) => Promise<MetadataResponse>) {
    this.#map = map;
    this.#ask = ask;
  }

  async refresh(topics: readonly string[]): Promise<{ readonly missing: readonly string[] }> {
    for (const topic of topics) this.#topics.add(topic);
    const answer = await (this.#next ??= this.#following());
    const asked = new Set(topics);
    const missing: string[] = [];
    for (const topic of answer.topics) {
      if (!asked.has(topic.name)) continue;
      if (topic.errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED) throw forbidden(topic.name);
      if (MISSING.has(topic.errorCode)) missing.push(topic.name);
    }
    return { missing };
  }

  async #following(): Promise<MetadataResponse> {
    await this.#running?.catch(() => undefined);
    this.#next = null;
    const asking = this.#ask(metadataRequest([...this.#topics]));
    this.#running = asking;
    const answer = await asking;
    for (const { name, errorCode } of answer.topics) {
      if (!MISSING.has(errorCode) && errorCode !== ErrorCode.TOPIC_AUTHORIZATION_FAILED) continue;
      this.#topics.delete(name);
      this.#map.forgetTopic(name);
    }
    if (answer.brokers.length === 0) throw new RetriableError("The brokers do not know of each other yet. Try again.");
    return answer;
  }
}

function forbidden(topic: string): AuthorizationError {
  const code = errorName(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  return new AuthorizationError(`Topic ${topic} may not be described: ${code}. Give the client's user the right to.`);
}
