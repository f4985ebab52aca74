import { RetriableError } from "@millrace/kafka-client";
import { sleep, type Environment, type Scheduler } from "@millrace/kernel";
import type { Serde, SerdeContext } from "../model/index.js";

export class NotLearnedError extends Error {
  readonly prepareSerde: () => Promise<void>;
  constructor(prepare: () => Promise<void>) {
    super("Not learned yet.");
    this.prepareSerde = prepare;
  }
}

/** What has been written by whomever, by topic. */
export type School = Map<string, Set<string>>;

/** Text that begins with a letter; a letter it meets for the first time has to be learned, which takes a second. */
export class LearningSerde implements Serde<string> {
  readonly name = "learning";
  readonly learned = new Set<string>();
  readonly opened: SerdeContext[] = [];
  closed = 0;
  /** How often learning fails before it succeeds. */
  failuresLeft = 0;
  openingsToFail = 0;
  failure: () => Error = () => new RetriableError("The school is closed.");
  readonly #scheduler: Scheduler;
  readonly #school: School;

  /** `school`: what it may learn when it is opened for stores. */
  constructor({ scheduler }: Environment, school: School = new Map()) {
    this.#scheduler = scheduler;
    this.#school = school;
  }

  serialize(topic: string, value: string): Uint8Array {
    this.#require(value);
    this.#school.set(topic, (this.#school.get(topic) ?? new Set()).add(value[0]!));
    return Buffer.from(value);
  }

  deserialize(_topic: string, bytes: Uint8Array): string {
    const text = Buffer.from(bytes).toString();
    if (text === "?") throw new Error("no letter");
    this.#require(text);
    return text;
  }

  async open(context: SerdeContext): Promise<void> {
    this.opened.push(context);
    const letters = context.storedTopics.flatMap((topic) => [...(this.#school.get(topic) ?? [])]);
    if (letters.length === 0) return;
    await sleep(this.#scheduler, 1_000);
    if (this.openingsToFail-- > 0) throw this.failure();
    for (const letter of letters) this.learned.add(letter);
  }

  async close(): Promise<void> {
    this.closed++;
  }

  #require(text: string): void {
    const letter = text[0]!;
    if (this.learned.has(letter)) return;
    throw new NotLearnedError(async () => {
      await sleep(this.#scheduler, 1_000);
      if (this.failuresLeft-- > 0) throw this.failure();
      this.learned.add(letter);
    });
  }
}
