import type { Serde, StreamRecord, TimestampExtractor } from "../model/index.js";
import type { SourceNode } from "../topology/nodes.js";
import type { NodeTarget } from "./node-target.js";

/** Where records enter a running graph. */
export class NodeSource {
  readonly name: string;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly timestampExtractor: TimestampExtractor;
  /** Filled when the graph is linked. */
  readonly children: NodeTarget[] = [];

  constructor(node: SourceNode, defaultExtractor: TimestampExtractor) {
    this.name = node.name;
    this.key = node.key;
    this.value = node.value;
    this.timestampExtractor = node.timestampExtractor ?? defaultExtractor;
  }

  process(record: StreamRecord<unknown, unknown>): void {
    const { children } = this;
    for (let index = 0; index < children.length; index++) children[index]!.process(record);
  }
}
