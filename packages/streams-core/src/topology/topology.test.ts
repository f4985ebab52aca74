import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError, TopologyError } from "../model/index.js";
import type { Processor, Serde, StoreBuilder } from "../model/index.js";
import { refuseOwnInternalTopics } from "./application-topics.js";
import { MissingSerdeError } from "./missing-serde-error.js";
import { realTopicName } from "./nodes.js";
import { Topology } from "./topology.js";
import { TopologyBuilder } from "./topology-builder.js";

const text: Serde<unknown> = {
  name: "text",
  serialize: (_topic, value) => Buffer.from(String(value)),
  deserialize: (_topic, bytes) => Buffer.from(bytes).toString(),
};

const nothing = (): Processor => ({ process: () => undefined });

function store(name: string, more: Partial<StoreBuilder> = {}): StoreBuilder {
  return {
    name,
    kind: "key-value",
    key: text,
    value: text,
    caching: false,
    logging: true,
    changelogConfig: {},
    engine: "memory",
    ...more,
  };
}

function lines(): Topology {
  return new Topology({ key: text, value: text }).addSource({ name: "lines", topics: "in" });
}

function refusal(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("A topology refuses at once", () => {
  const refused: Record<string, (topology: Topology) => unknown> = {
    "a name that is taken": (t) => t.addSource({ name: "lines", topics: "other" }),
    "an empty name": (t) => t.addSource({ name: "", topics: "other" }),
    "a topic that is read already": (t) => t.addSource({ name: "again", topics: ["other", "in"] }),
    "a pattern for a topic that is read already": (t) => t.addSource({ name: "again", topics: /i./u }),
    "a topic a pattern covers": (t) =>
      t.addSource({ name: "pattern", topics: /a.*/u }).addSource({ name: "again", topics: "abc" }),
    "one pattern twice": (t) => t.addSource({ name: "p", topics: /a.*/u }).addSource({ name: "q", topics: /a.*/u }),
    "a source without topics": (t) => t.addSource({ name: "none", topics: [] }),
    "an unknown parent": (t) => t.addProcessor({ name: "p", processor: nothing, parents: ["nobody"] }),
    "no parent": (t) => t.addProcessor({ name: "p", processor: nothing, parents: [] }),
    "a node as its own parent": (t) => t.addProcessor({ name: "p", processor: nothing, parents: ["p"] }),
    "a sink without parent": (t) => t.addSink({ name: "s", topic: "out", parents: [] }),
    "a sink as parent": (t) =>
      t.addSink({ name: "s", topic: "out", parents: ["lines"] }).addSink({ name: "s2", topic: "out", parents: ["s"] }),
    "a second store of one name": (t) => t.addStateStore(store("s")).addStateStore(store("s")),
    "a store name no topic can have": (t) => t.addStateStore(store("a/b")),
    "an unknown store": (t) =>
      t.addProcessor({ name: "p", processor: nothing, parents: ["lines"] }).connectProcessorAndStateStores("p", ["no"]),
    "a store for an unknown processor": (t) => t.addStateStore(store("s"), ["nobody"]),
    "a store for a source": (t) => t.addStateStore(store("s"), ["lines"]),
    "no stores to connect": (t) => t.connectProcessorAndStateStores("lines", []),
    "a global store with a changelog": (t) =>
      t.addGlobalStore({ store: store("g"), sourceName: "gs", topic: "g", processorName: "gp", processor: nothing }),
    "a global store whose topic is read already": (t) =>
      t.addGlobalStore({
        store: store("g", { logging: false }),
        sourceName: "gs",
        topic: "in",
        processorName: "gp",
        processor: nothing,
      }),
  };

  for (const [what, add] of Object.entries(refused)) {
    it(what, () => {
      expect(refusal(() => add(lines()))).toBeInstanceOf(TopologyError);
    });
  }

  it("one processor for all tasks", () => {
    const shared = nothing();
    const topology = lines();
    expect(() => topology.addProcessor({ name: "p", processor: () => shared, parents: ["lines"] })).toThrow(
      InvalidArgumentError,
    );
  });

  it("a missing serde, naming the node and the side", () => {
    const topology = new Topology({ key: text });
    const error = refusal(() => topology.addSource({ name: "lines", topics: "in" }));
    expect(error).toBeInstanceOf(MissingSerdeError);
    expect(error).toMatchObject({ code: "MILLRACE_MISSING_SERDE", nodeName: "lines", side: "value" });
  });

  it("changes once it runs", () => {
    const topology = lines();
    topology.physical();
    expect(() => topology.addSink({ name: "s", topic: "out", parents: ["lines"] })).toThrow(TopologyError);
  });
});

describe("Topic names of the topology's own", () => {
  const counting = (): Topology =>
    lines()
      .addProcessor({ name: "p", processor: nothing, parents: ["lines"] })
      .addStateStore(store("counts"), ["p"]);

  it("are refused as a source: one named like a changelog the topology makes", () => {
    const topology = counting().addSource({ name: "loop", topics: "counts-changelog" });
    expect(() => topology.physical()).toThrow(/counts-changelog/u);
    const builder = new TopologyBuilder({ key: text, value: text });
    builder.addSource({ name: "loop", topics: "s-changelog" });
    builder.addProcessor({ name: "p", processor: nothing, parents: ["loop"] });
    builder.addStateStore(store("s"), ["p"]);
    expect(() => Topology.of(builder)).toThrow(TopologyError);
  });

  it("are refused as a sink: one named like a changelog the topology makes", () => {
    const topology = counting().addSink({ name: "into", topic: "counts-changelog", parents: ["p"] });
    expect(() => topology.physical()).toThrow(/counts-changelog/u);
    const physical = counting()
      .addSink({ name: "into", topic: "app-counts-changelog", parents: ["p"] })
      .physical();
    expect(() => refuseOwnInternalTopics(physical, "app")).toThrow(TopologyError);
  });

  it("are refused with the application's prefix as soon as its id is known", () => {
    const physical = counting().addSource({ name: "loop", topics: "app-counts-changelog" }).physical();
    expect(() => refuseOwnInternalTopics(physical, "app")).toThrow(TopologyError);
    expect(refusal(() => refuseOwnInternalTopics(physical, "other"))).toBeUndefined();
  });

  it("carry the prefix, others do not", () => {
    const physical = counting().physical();
    expect(realTopicName(physical, "app", "counts-changelog")).toBe("app-counts-changelog");
    expect(realTopicName(physical, "app", "in")).toBe("in");
  });
});

describe("The physical topology", () => {
  it("joins what shares a store, keeps the rest apart, and counts global stores in", () => {
    const shared = store("shared");
    const physical = new Topology({ key: text, value: text })
      .addSource({ name: "a", topics: "a" })
      .addSource({ name: "b", topics: "b" })
      .addGlobalStore({
        store: store("global", { logging: false }),
        sourceName: "gs",
        topic: "g",
        processorName: "gp",
        processor: nothing,
      })
      .addSource({ name: "c", topics: "c" })
      .addProcessor({ name: "pa", processor: nothing, parents: ["a"] })
      .addProcessor({ name: "pc", processor: { get: nothing, stores: () => [shared] }, parents: ["c"] })
      .addStateStore(shared, ["pa"])
      .physical();
    expect(physical.subtopologies.map(({ id, nodes }) => [id, nodes.map((node) => node.name)])).toEqual([
      [0, ["a", "c", "pa", "pc"]],
      [1, ["b"]],
    ]);
    expect(physical.globalStores.map((global) => [global.builder.name, global.source.name])).toEqual([
      ["global", "gs"],
    ]);
  });

  it("lists stores by the processors that use them, children as they were added", () => {
    const [subtopology] = lines()
      .addStateStore(store("late"))
      .addStateStore(store("early"))
      .addProcessor({ name: "p1", processor: nothing, parents: ["lines"] })
      .addProcessor({ name: "p2", processor: nothing, parents: ["lines"] })
      .addSink({ name: "s", topic: "out", parents: ["p2", "lines"] })
      .connectProcessorAndStateStores("p2", ["late"])
      .connectProcessorAndStateStores("p1", ["early"])
      .physical().subtopologies;
    expect(subtopology!.stores.map((plan) => plan.builder.name)).toEqual(["early", "late"]);
    expect(subtopology!.nodes[0]!.children).toEqual(["p1", "p2", "s"]);
  });

  it("gives changelogs and repartition topics Kafka Streams' settings, under the user's", () => {
    const builder = new TopologyBuilder({ key: text, value: text });
    builder.addInternalTopic({ name: "by-word-repartition", partitions: 5 });
    builder.addSource({ name: "words", topics: "by-word-repartition" });
    builder.addProcessor({ name: "count", processor: nothing, parents: ["words"] });
    builder.addStateStore(store("counts", { changelogConfig: { "segment.ms": "1000" } }), ["count"]);
    builder.addStateStore(store("scratch", { logging: false }), ["count"]);
    expect(Topology.of(builder).internalTopics("app")).toEqual([
      {
        name: "app-by-word-repartition",
        kind: "repartition",
        subtopology: 0,
        partitions: 5,
        config: {
          "cleanup.policy": "delete",
          "message.timestamp.type": "CreateTime",
          "retention.ms": "-1",
          "segment.bytes": "52428800",
        },
      },
      {
        name: "app-counts-changelog",
        kind: "changelog",
        subtopology: 0,
        partitions: null,
        config: { "cleanup.policy": "compact", "message.timestamp.type": "CreateTime", "segment.ms": "1000" },
      },
    ]);
  });

  it("joins copartition groups that overlap", () => {
    const builder = new TopologyBuilder({ key: text, value: text });
    builder.addInternalTopic({ name: "r-repartition", partitions: null });
    for (const name of ["a", "b", "c", "r-repartition"]) builder.addSource({ name, topics: name });
    builder.addProcessor({ name: "join", processor: nothing, parents: ["a", "b", "c", "r-repartition"] });
    builder.copartitionSources(["b", "a"]);
    builder.copartitionSources(["a", "r-repartition"]);
    builder.copartitionSources(["c"]);
    expect(Topology.of(builder).copartitionGroups("app")).toEqual([["a", "app-r-repartition", "b"], ["c"]]);
  });

  it("restores a store from its source topic where told to, and makes no changelog", () => {
    const builder = new TopologyBuilder({ key: text, value: text });
    builder.addSource({ name: "table", topics: "t" });
    builder.addProcessor({ name: "rows", processor: nothing, parents: ["table"] });
    builder.addStateStore(store("rows"), ["rows"]);
    builder.connectSourceStoreAndTopic("rows", "t");
    const topology = Topology.of(builder);
    expect(topology.physical().subtopologies[0]!.stores).toMatchObject([{ changelog: "t", sourceIsChangelog: true }]);
    expect(topology.physical().internalTopics.size).toBe(0);
    expect(topology.internalTopics("app")).toMatchObject([{ name: "t", kind: "changelog", subtopology: 0 }]);
  });
});

interface PapiOperation {
  readonly op: string;
  readonly name: string;
  readonly topics: readonly string[];
  readonly topic?: string;
  readonly topicExtractor?: { readonly name: string };
  readonly parents: readonly string[];
  readonly stores: readonly string[];
  readonly store: { readonly store: string; readonly logging?: boolean };
  readonly ownStores?: readonly { readonly store: string }[];
  readonly sourceName: string;
}

describe("The hand-built topologies Kafka Streams was asked about", () => {
  const url = new URL("../../../../conformance/vectors/papi.json", import.meta.url);
  const scenarios = JSON.parse(readFileSync(url, "utf8")) as {
    name: string;
    topology: PapiOperation[];
    expect: { describe: string; internalTopics: unknown; copartitionGroups: unknown };
  }[];

  for (const scenario of scenarios) {
    it(`${scenario.name} is described, and gets internal topics, as there`, () => {
      const topology = new Topology({ key: text, value: text });
      for (const operation of scenario.topology) apply(topology, operation);
      expect(topology.describe().toString()).toBe(scenario.expect.describe);
      expect(topology.internalTopics("app")).toEqual(scenario.expect.internalTopics);
      expect(topology.copartitionGroups("app")).toEqual(scenario.expect.copartitionGroups);
    });
  }

  function apply(topology: Topology, operation: PapiOperation): void {
    const { op, name, parents } = operation;
    if (op === "addSource") topology.addSource({ name, topics: operation.topics });
    else if (op === "connect") topology.connectProcessorAndStateStores(name, operation.stores);
    else if (op === "addStateStore") topology.addStateStore(store(operation.store.store), parents);
    else if (op === "addProcessor") {
      const own = (operation.ownStores ?? []).map((given) => store(given.store));
      topology.addProcessor({ name, parents, processor: { get: nothing, stores: () => own } });
    } else if (op === "addSink") {
      const extractor = operation.topicExtractor?.name;
      const named = extractor === undefined ? undefined : { [extractor]: () => "" }[extractor];
      topology.addSink({ name, parents, topic: operation.topic ?? named! });
    } else {
      topology.addGlobalStore({
        store: store(operation.store.store, { logging: operation.store.logging ?? true }),
        sourceName: operation.sourceName,
        topic: operation.topic!,
        processorName: name,
        processor: nothing,
      });
    }
  }
});
