import type { Counter, Environment } from "@millrace/kernel";
import {
  deadLetterOf,
  type DeadLetter,
  type ErrorAnswer,
  type ErrorContext,
  type ErrorVerdict,
  type ProductionErrorContext,
  type ProductionVerdict,
} from "../model/index.js";
import { murmur2 } from "../serde/index.js";
import type { ErrorPolicy, Handling } from "./error-policy.js";
import type { OutgoingRecord, RecordCollector } from "./record-collector.js";
import { TaskError } from "./task-errors.js";
import { TaskOutgoingRecord } from "./task-outgoing-record.js";

/** Asks the user's handlers about records of a task that failed, and sends the dead letters. */
export class ErrorDecisions {
  readonly #policy: ErrorPolicy;
  readonly #environment: Environment;
  readonly #collector: RecordCollector | null;
  readonly #sent: Counter;
  readonly #letter = new TaskOutgoingRecord("", 0, "the dead-letter topic");

  /** `collector` null: there is nowhere to send dead letters to, as for global stores. */
  constructor(policy: ErrorPolicy, taskId: string, environment: Environment, collector: RecordCollector | null) {
    this.#policy = policy;
    this.#environment = environment;
    this.#collector = collector;
    this.#sent = environment.metrics.counter("stream-task", "dead-letters-total", { task: taskId });
  }

  onReading(context: ErrorContext, error: unknown): ErrorVerdict {
    return this.#decide(this.#policy.deserialization, ERROR_VERDICTS, context, error);
  }

  onProcessing(context: ErrorContext, error: unknown): ErrorVerdict {
    return this.#decide(this.#policy.processing, ERROR_VERDICTS, context, error);
  }

  /** "retry" only where trying again makes sense. */
  onProduction(context: ProductionErrorContext, error: unknown): ProductionVerdict {
    const verdict = this.#decide(this.#policy.production, PRODUCTION_VERDICTS, context, error);
    return verdict === "retry" && !context.retriable ? "fail" : verdict;
  }

  /** True for a dead letter: no handler is asked about one that cannot be sent, for it would send another. */
  isDeadLetter(record: OutgoingRecord): boolean {
    return record === this.#letter;
  }

  #decide<C extends ErrorContext, V extends string>(
    handler: Handling<C, V>,
    allowed: ReadonlySet<string>,
    context: C,
    error: unknown,
  ): V {
    let answer: ReturnType<Handling<C, V>>;
    try {
      answer = handler(context, error);
    } catch (cause) {
      throw new TaskError(`The error handler itself failed at node ${context.nodeName}. Correct the handler.`, {
        cause,
      });
    }
    const own = typeof answer === "object" && answer !== null ? (answer as ErrorAnswer<V>) : null;
    const verdict = own === null ? (answer as V) : own.verdict;
    if (!allowed.has(verdict)) {
      throw new TaskError(
        `The error handler gave ${String(verdict)} at node ${context.nodeName}. It must give ${[...allowed].join(" or ")}.`,
        { cause: error },
      );
    }
    const letters = own === null ? this.#lettersOf(context, error) : own.deadLetters;
    for (const letter of letters) this.#send(letter);
    return verdict;
  }

  #lettersOf(context: ErrorContext, error: unknown): readonly DeadLetter[] {
    const { deadLetterTopic } = this.#policy;
    return deadLetterTopic === null ? [] : [deadLetterOf(deadLetterTopic, context, error)];
  }

  #send({ topic, partition, key, value, timestamp, headers }: DeadLetter): void {
    const collector = this.#collector;
    if (collector === null) {
      this.#environment.logger.warn("A dead letter of a global store is not sent: nothing writes for global stores.", {
        topic,
      });
      return;
    }
    const letter = this.#letter;
    letter.topic = topic;
    letter.key = key;
    letter.value = value;
    letter.timestamp = timestamp;
    letter.headers = headers;
    const choice = key === null ? 0 : murmur2(key) & 0x7fffffff;
    letter.partition = partition ?? ((count) => choice % count);
    const count = collector.partitionsFor(topic);
    if (partition === undefined && count !== undefined) letter.partition = choice % count;
    collector.send(letter);
    this.#sent.add(1);
  }
}

const ERROR_VERDICTS: ReadonlySet<string> = new Set<ErrorVerdict>(["continue", "fail"]);
const PRODUCTION_VERDICTS: ReadonlySet<string> = new Set<ProductionVerdict>(["continue", "fail", "retry"]);
