import { noHeaders, type Header, type StreamRecord } from "@millrace/streams-core";
import { text } from "../values/text.js";
import { ContextProcessor } from "./store-processor.js";

type AnyRecord = StreamRecord<unknown, unknown>;

export class PassThrough extends ContextProcessor {
  process(record: AnyRecord): void {
    this.context.forward(record);
  }
}

export class AddHeader extends ContextProcessor {
  private readonly header: Header;

  constructor(header: Header) {
    super();
    this.header = header;
  }

  process(record: AnyRecord): void {
    this.context.forward(record.withHeaders([...record.headers, this.header]));
  }
}

export class DropHeaders extends ContextProcessor {
  process(record: AnyRecord): void {
    this.context.forward(record.withHeaders(noHeaders));
  }
}

export class ShiftTimestamp extends ContextProcessor {
  private readonly ms: number;

  constructor(ms: number) {
    super();
    this.ms = ms;
  }

  process(record: AnyRecord): void {
    this.context.forward(record.withTimestamp(record.timestamp + this.ms));
  }
}

/** Tells where the record came from and what time it is. */
export class Metadata extends ContextProcessor {
  process(record: AnyRecord): void {
    const { context } = this;
    const { topic, partition, offset } = context.recordMetadata()!;
    const times = `${context.currentStreamTimeMs()}:${context.currentSystemTimeMs()}`;
    const value = `${topic}:${partition}:${offset}:${times}:${context.applicationId}:${context.taskId}`;
    context.forward(record.withValue(value));
  }
}

/** A value "x>child" goes to that child only, as "x". */
export class Route extends ContextProcessor {
  process(record: AnyRecord): void {
    const value = record.value === null ? "" : text(record.value);
    const at = value.indexOf(">");
    if (at < 0) this.context.forward(record);
    else this.context.forward(record.withValue(value.slice(0, at)), value.slice(at + 1));
  }
}

export class FanOut extends ContextProcessor {
  private readonly times: number;

  constructor(times: number) {
    super();
    this.times = times;
  }

  process(record: AnyRecord): void {
    for (let i = 0; i < this.times; i++) {
      this.context.forward(record.withValue(`${text(record.value)}.${i}`).withTimestamp(record.timestamp + i));
    }
  }
}

export class ThrowIf extends ContextProcessor {
  private readonly equals: string;

  constructor(equals: string) {
    super();
    this.equals = equals;
  }

  process(record: AnyRecord): void {
    if (record.value !== null && text(record.value) === this.equals) throw new Error("boom");
    this.context.forward(record);
  }
}
