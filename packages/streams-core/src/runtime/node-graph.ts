import type { StateStore } from "../model/index.js";
import type { SourceNode, TopologyNode } from "../topology/nodes.js";
import { NodeProcessor } from "./node-processor.js";
import { NodeSink } from "./node-sink.js";
import { NodeSource } from "./node-source.js";
import type { NodeTarget } from "./node-target.js";
import { NodeTaskContext } from "./node-task-context.js";
import type { RecordCollector } from "./record-collector.js";
import type { TaskEnvironment } from "./task-environment.js";

/** What a graph is made of. */
export interface NodeGraphOptions {
  /** In the order in which they were added to the topology. */
  readonly nodes: readonly TopologyNode[];
  readonly task: TaskEnvironment;
  readonly stores: ReadonlyMap<string, StateStore>;
  /** Within reach of every node. */
  readonly globalStores: ReadonlyMap<string, StateStore>;
  readonly collector: RecordCollector;
  /** Real name of a topic of the topology. */
  realName(topic: string): string;
}

/** The nodes of a task at work: instances of its processors, linked to each other. */
export class NodeGraph {
  private readonly processors = new Map<string, NodeProcessor>();
  private readonly sourcesByTopic = new Map<string, NodeSource>();
  private readonly patterns: { readonly pattern: RegExp; readonly source: NodeSource }[] = [];

  constructor(options: NodeGraphOptions) {
    const targets = new Map<string, NodeTarget>();
    const parents: { readonly children: NodeTarget[]; readonly names: readonly string[] }[] = [];
    for (const node of options.nodes) {
      if (node.kind === "source") {
        const source = this.addSource(node, options);
        parents.push({ children: source.children, names: node.children });
      } else if (node.kind === "sink") {
        targets.set(node.name, new NodeSink(node, options.realName, options.collector, options.task));
      } else {
        const context = new NodeTaskContext(node.name, options.task, reachable(node.stores, options));
        const processor = new NodeProcessor(node.name, node.supplier.get(), context, options.task);
        targets.set(node.name, processor);
        this.processors.set(node.name, processor);
        parents.push({ children: context.children, names: node.children });
      }
    }
    for (const { children, names } of parents) for (const name of names) children.push(targets.get(name)!);
  }

  /** The source that reads the topic of that real name; null when none does. */
  sourceOf(topic: string): NodeSource | null {
    const source = this.sourcesByTopic.get(topic);
    if (source !== undefined) return source;
    return this.patterns.find(({ pattern }) => pattern.test(topic))?.source ?? null;
  }

  /** In the order of the topology. */
  init(): void {
    for (const processor of this.processors.values()) processor.init();
  }

  /** Closes every processor, then throws the first error there was. */
  close(): void {
    const errors: unknown[] = [];
    for (const processor of this.processors.values()) {
      try {
        processor.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  private addSource(node: SourceNode, options: NodeGraphOptions): NodeSource {
    const source = new NodeSource(node, options.task.config.timestampExtractor);
    for (const topic of node.topics) this.sourcesByTopic.set(options.realName(topic), source);
    if (node.pattern !== null) this.patterns.push({ pattern: anchored(node.pattern), source });
    return source;
  }
}

/** Kafka matches whole names. Without the flags that would make `test` remember its position. */
function anchored(pattern: RegExp): RegExp {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/gu, ""));
}

function reachable(names: readonly string[], options: NodeGraphOptions): ReadonlyMap<string, StateStore> {
  const result = new Map(options.globalStores);
  for (const name of names) {
    const store = options.stores.get(name);
    if (store !== undefined) result.set(name, store);
  }
  return result;
}
