import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Serde, StoreBuilder } from "../model/index.js";
import { Topology } from "./topology.js";

const vectors = new URL("../../../../conformance/vectors/", import.meta.url);
const text: Serde<unknown> = {
  name: "text",
  serialize: (_topic, value) => Buffer.from(String(value)),
  deserialize: (_topic, bytes) => Buffer.from(bytes).toString(),
};

interface Scenario {
  readonly name: string;
  readonly expect: { readonly describe?: string };
}

function scenarios(family: string): Scenario[] {
  return JSON.parse(readFileSync(new URL(family, vectors), "utf8")) as Scenario[];
}

function names(list: string): string[] {
  return list === "none" || list === "" ? [] : list.split(", ");
}

interface ReadNode {
  readonly kind: string;
  readonly name: string;
  readonly detail: string;
  readonly parents: readonly string[];
  readonly global: boolean;
}

/** Reads the graph back from a recorded text. Its lines are the only source of the test's topologies. */
function readNodes(description: string): ReadNode[] {
  const nodes: ReadNode[] = [];
  for (const block of description.split(/ {2,3}Sub-topology: \d+/u).slice(1)) {
    const pattern =
      /(Source|Processor|Sink): (\S+) \((?:topics|stores|topic|extractor class): (.*)\)\n(?: {6}--> .*\n)?(?: {6}<-- (.*)\n)?/gu;
    for (const [, kind, name, detail, parents] of block.matchAll(pattern)) {
      nodes.push({
        kind: kind!,
        name: name!,
        detail: detail!,
        parents: names(parents ?? ""),
        global: block.includes("global store"),
      });
    }
  }
  return nodes;
}

function store(name: string, logging: boolean): StoreBuilder {
  return {
    name,
    kind: "key-value",
    key: text,
    value: text,
    caching: false,
    logging,
    changelogConfig: {},
    engine: "memory",
  };
}

const processor = () => ({ process(): void {} });

/** By the numbers in generated names, a named node after its parents: names in one hash bucket keep this order. */
function inOrderOfAdding(nodes: readonly ReadNode[]): ReadNode[] {
  const numbers = new Map<string, number>();
  const number = (name: string): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    const own = /-(\d{10})$/u.exec(name)?.[1];
    const parents = nodes.find((node) => node.name === name)?.parents ?? [];
    numbers.set(name, own === undefined ? Math.max(0, ...parents.map(number)) + 0.1 : Number(own));
    return numbers.get(name)!;
  };
  const rank = (node: ReadNode): number => (node.kind === "Source" ? -1 : number(node.name));
  return [...nodes].sort((a, b) => rank(a) - rank(b));
}

function rebuild(nodes: readonly ReadNode[], extractors: ReadonlySet<string>): Topology {
  const topology = new Topology({ key: text, value: text });
  const done = new Set<string>();
  const stores = new Map<string, string[]>();
  const pending = inOrderOfAdding(nodes.filter((node) => !(node.global && node.kind === "Source")));
  while (pending.length > 0) {
    const at = pending.findIndex((node) => node.global || node.parents.every((parent) => done.has(parent)));
    const [node] = pending.splice(at, 1) as [ReadNode];
    const { name, parents } = node;
    const list = names(node.detail.slice(1, -1));
    done.add(name);
    if (node.global) {
      const source = nodes.find((other) => other.name === parents[0])!;
      topology.addGlobalStore({
        store: store(list[0]!, false),
        sourceName: source.name,
        topic: source.detail.slice(1, -1),
        processorName: name,
        processor,
      });
      continue;
    }
    if (node.kind === "Source") topology.addSource({ name, topics: list });
    else if (node.kind === "Processor") topology.addProcessor({ name, parents, processor });
    else if (!extractors.has(node.detail)) topology.addSink({ name, parents, topic: node.detail });
    else topology.addSink({ name, parents, topic: { [node.detail]: () => "" }[node.detail]! });
    if (node.kind === "Processor") for (const used of list) stores.set(used, [...(stores.get(used) ?? []), name]);
  }
  for (const [name, users] of stores) topology.addStateStore(store(name, true), users);
  return topology;
}

describe("describe() gives Kafka Streams' text for every recorded topology", () => {
  for (const family of readdirSync(vectors).filter((file) => file.endsWith(".json"))) {
    it(family, () => {
      for (const scenario of scenarios(family)) {
        const wanted = scenario.expect.describe;
        if (wanted === undefined) continue;
        const extractors = new Set([...wanted.matchAll(/extractor class: (.*)\)/gu)].map((match) => match[1]!));
        const topology = rebuild(readNodes(wanted), extractors);
        expect(topology.describe().toString(), scenario.name).toBe(wanted);
      }
    });
  }
});

describe("describe()", () => {
  it("takes no longer for a graph with a great many paths", () => {
    const topology = new Topology({ key: text, value: text }).addSource({ name: "join0", topics: ["in"] });
    for (let stage = 1; stage <= 60; stage++) {
      const branches = ["a", "b", "c"].map((branch) => `${branch}${stage}`);
      for (const name of branches) topology.addProcessor({ name, processor, parents: [`join${stage - 1}`] });
      topology.addProcessor({ name: `join${stage}`, processor, parents: branches });
    }
    expect(topology.describe().subtopologies[0]!.nodes).toHaveLength(241);
  });
});
