import { createHash, type Hash } from "node:crypto";
import type { KafkaClient, StreamsProducer } from "millrace";
import { bookmarksTopic, readBookmarks, type Bookmark } from "./bookmarks.js";
import type { Input } from "./input.js";
import { LineSplitter } from "./line-splitter.js";
import { linesTopic } from "./topology.js";

export interface FeedProgress {
  readonly input: Input;
  readonly positionBytes: number;
}

/**
 * Writes the lines of texts to the input topic. Each chunk's lines and the bookmark after them are one transaction, so
 * that a crash neither loses nor repeats a line: the next start goes on at the bookmark.
 */
export class Feeder {
  readonly #producer: StreamsProducer;
  readonly #client: KafkaClient;
  readonly #onProgress: (progress: FeedProgress) => void;
  #bookmarks: ReadonlyMap<string, Bookmark> = new Map();

  constructor(client: KafkaClient, onProgress: (progress: FeedProgress) => void) {
    this.#client = client;
    this.#producer = client.producer({ transactionalId: "wordcount-feeder" });
    this.#onProgress = onProgress;
  }

  /** Ends what an earlier run left open, then learns how far it came. */
  async start(): Promise<void> {
    await this.#producer.init();
    this.#bookmarks = await readBookmarks(this.#client);
  }

  /**
   * Resolves when the whole input is in the log, or `signal` was raised. An input whose
   * counting an earlier run did not see to its end goes on where that run stopped.
   */
  async feed(input: Input, signal: AbortSignal): Promise<void> {
    const bookmark = this.#bookmarks.get(input.name);
    const skipBytes = bookmark === undefined || bookmark.finished ? 0 : bookmark.positionBytes;
    try {
      const resumes =
        skipBytes > 0 &&
        (input.name === "-" || (await prefixSha256(input, skipBytes, signal)) === bookmark?.prefixSha256);
      await this.#feedFrom(input, resumes ? skipBytes : 0, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #feedFrom(input: Input, startBytes: number, signal: AbortSignal): Promise<void> {
    const splitter = new LineSplitter();
    const hash = createHash("sha256");
    let positionBytes = 0;
    let seenBytes = 0;
    for await (const chunk of input.chunks(signal)) {
      const fresh = chunk.subarray(Math.max(0, Math.min(chunk.length, startBytes - seenBytes)));
      const skipped = chunk.length - fresh.length;
      seenBytes += chunk.length;
      positionBytes += skipped;
      hash.update(chunk.subarray(0, skipped));
      const lines = splitter.push(fresh);
      if (lines.length === 0) continue;
      this.#producer.begin();
      positionBytes += this.#append(lines, hash);
      await this.#commit(input, { positionBytes, prefixSha256: digest(hash), finished: false });
      if (signal.aborted) return;
    }
    const rest = splitter.end();
    if (rest.length === 0) return;
    this.#producer.begin();
    positionBytes += this.#append(rest, hash);
    await this.#commit(input, { positionBytes, prefixSha256: digest(hash), finished: false });
  }

  /** Says that inputs are counted to their end: given again, they are counted again. */
  async finish(inputs: readonly Input[]): Promise<void> {
    this.#producer.begin();
    for (const { name } of inputs) this.#bookmark(name, { positionBytes: 0, prefixSha256: "", finished: true });
    await this.#producer.commit();
  }

  #append(lines: readonly Buffer[], hash: Hash): number {
    const nowMs = Date.now();
    let bytes = 0;
    for (const line of lines) {
      this.#producer.append(linesTopic, 0, null, line, nowMs);
      hash.update(line);
      bytes += line.length;
    }
    return bytes;
  }

  async #commit(input: Input, bookmark: Bookmark): Promise<void> {
    this.#bookmark(input.name, bookmark);
    await this.#producer.commit();
    this.#onProgress({ input, positionBytes: bookmark.positionBytes });
  }

  #bookmark(name: string, bookmark: Bookmark): void {
    this.#producer.append(bookmarksTopic, 0, Buffer.from(name), Buffer.from(JSON.stringify(bookmark)), Date.now());
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}

function digest(hash: Hash): string {
  return hash.copy().digest("hex");
}

async function prefixSha256(input: Input, prefixBytes: number, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  let leftBytes = prefixBytes;
  for await (const chunk of input.chunks(signal)) {
    hash.update(chunk.subarray(0, leftBytes));
    leftBytes -= chunk.length;
    if (leftBytes <= 0) break;
  }
  return hash.digest("hex");
}
