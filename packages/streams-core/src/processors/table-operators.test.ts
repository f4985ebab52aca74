import { describe, expect, it } from "vitest";
import { Change } from "../model/index.js";
import type { NodeContext, Processor, ProcessorSupplier, Serde, StreamRecord } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { timestampedKeyValueStore } from "../stores/index.js";
import { TopologyTestDriver } from "../testing/index.js";
import { Topology } from "../topology/index.js";
import {
  NullTableKeyError,
  tableAggregate,
  tableFilter,
  tableMapValues,
  tableReduce,
  tableSelect,
  tableSource,
  tableToStream,
  UndefinedResultError,
} from "./index.js";

const json = serdes.json<never>() as Serde<unknown>;

/** Key, value, timestamp of what goes in. For operators that take changes the value is [new, old]. */
type Input = readonly [key: unknown, value: unknown, timestamp: number];
/** Key, new value, old value, timestamp of what comes out. */
type Output = readonly [key: unknown, newValue: unknown, oldValue: unknown, timestamp: number];

class ToChange implements Processor {
  #context!: NodeContext;

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<unknown, readonly [unknown, unknown]>): void {
    this.#context.emit(record.withValue(new Change(record.value[0], record.value[1])));
  }
}

/** Runs the rows through the operator; its store is named "rows". */
function run(operator: unknown, rows: readonly Input[], { takesChanges = false } = {}) {
  const topology = new Topology({ key: json, value: json }).addSource({ name: "in", topics: "in" });
  if (takesChanges) topology.addProcessor({ name: "changes", processor: () => new ToChange(), parents: ["in"] });
  topology
    .addProcessor({ name: "op", processor: operator as ProcessorSupplier, parents: [takesChanges ? "changes" : "in"] })
    .addStateStore(timestampedKeyValueStore({ name: "rows", key: json, value: json }), ["op"]);
  const output: Output[] = [];
  const collect = ({ key, value, timestamp }: StreamRecord<unknown, unknown>): void => {
    if (value instanceof Change) output.push([key, value.newValue, value.oldValue, timestamp]);
    else output.push([key, value, undefined, timestamp]);
  };
  topology.addProcessor({ name: "out", processor: () => ({ process: collect }), parents: ["op"] });
  using driver = new TopologyTestDriver(topology);
  const input = driver.createInputTopic("in", { key: json, value: json });
  for (const [key, value, timestamp] of rows) input.pipeInput(key, value, { timestamp });
  return { output, dropped: driver.droppedRecords };
}

const sendOldValues = true;
const store = "rows";

describe("Tables read from a stream", () => {
  const rows: Input[] = [
    ["k", "a", 10],
    [null, "n", 11],
    ["k", "b", 5],
    ["k", null, 12],
    ["j", null, 13],
  ];

  it("take later updates even if they are older, delete by null, drop null keys", () => {
    const output = [
      ["k", "a", null, 10],
      ["k", "b", "a", 5],
      ["k", null, "b", 12],
      ["j", null, null, 13],
    ];
    expect(run(tableSource({ store, sendOldValues }), rows)).toEqual({ output, dropped: 1 });
  });

  it("pass updates on when nobody needs the rows", () => {
    const output = [
      ["k", "a", null, 10],
      ["k", "b", null, 5],
      ["k", null, null, 12],
      ["j", null, null, 13],
    ];
    expect(run(tableSource({ store: null, sendOldValues: false }), rows)).toEqual({ output, dropped: 1 });
  });

  it("become streams of their new values", () => {
    const changes: Input[] = [
      ["k", ["a", null], 1],
      ["k", [null, "a"], 2],
    ];
    expect(run(tableToStream(), changes, { takesChanges: true }).output).toEqual([
      ["k", "a", undefined, 1],
      ["k", null, undefined, 2],
    ]);
  });
});

describe("Operators on tables", () => {
  const changes: Input[] = [
    ["k", [1, null], 1],
    ["k", [12, 1], 2],
    ["k", [2, 12], 3],
    ["k", [null, 2], 4],
  ];
  const predicate = (_key: unknown, value: number) => value > 10;
  const filter = { predicate, negate: false };
  const takesChanges = true;

  it("filter sends tombstones for all that does not match (B1)", () => {
    const output = [
      ["k", null, null, 1],
      ["k", 12, null, 2],
      ["k", null, null, 3],
      ["k", null, null, 4],
    ];
    expect(
      run(tableFilter({ ...filter, store: null, sendOldValues: false }), changes, { takesChanges }).output,
    ).toEqual(output);
  });

  it("filter leaves out tombstones nobody waits for when it knows the old values (B1)", () => {
    const output = [
      ["k", 12, null, 2],
      ["k", null, 12, 3],
    ];
    expect(run(tableFilter({ ...filter, store: null, sendOldValues }), changes, { takesChanges }).output).toEqual(
      output,
    );
    expect(run(tableFilter({ ...filter, store, sendOldValues }), changes, { takesChanges }).output).toEqual(output);
  });

  it("filterNot keeps the others", () => {
    const output = [
      ["k", 1, null, 1],
      ["k", null, 1, 2],
      ["k", 2, null, 3],
      ["k", null, 2, 4],
    ];
    const filterNot = tableFilter({ predicate, negate: true, store: null, sendOldValues });
    expect(run(filterNot, changes, { takesChanges }).output).toEqual(output);
  });

  it("mapValues maps old values as it did new ones, and never sees a deletion (B2)", () => {
    const mapper = (value: number) => value * 100;
    const output = [
      ["k", 100, null, 1],
      ["k", 1200, 100, 2],
      ["k", 200, 1200, 3],
      ["k", null, 200, 4],
    ];
    expect(run(tableMapValues({ mapper, store: null, sendOldValues }), changes, { takesChanges }).output).toEqual(
      output,
    );
    expect(run(tableMapValues({ mapper, store, sendOldValues }), changes, { takesChanges }).output).toEqual(output);
  });

  it("groupBy sends both halves in one record where the group stays, else the old one first (A6)", () => {
    const mapper = (key: unknown, [group, value]: readonly [unknown, unknown]) =>
      group === "none" ? null : ([group, value] as const);
    const rows: Input[] = [
      ["k", [["g", 1], null], 1],
      [
        "k",
        [
          ["g", 2],
          ["g", 1],
        ],
        2,
      ],
      [
        "k",
        [
          ["h", 2],
          ["g", 2],
        ],
        3,
      ],
      [
        "k",
        [
          ["none", 2],
          ["h", 2],
        ],
        4,
      ],
      [
        "k",
        [
          [null, 2],
          ["none", 2],
        ],
        5,
      ],
      [
        "k",
        [
          ["g", null],
          [null, 2],
        ],
        6,
      ],
      [
        "k",
        [
          [{ id: 1 }, 5],
          [{ id: 1 }, 4],
        ],
        7,
      ],
    ];
    const output = [
      ["g", 1, null, 1],
      ["g", 2, 1, 2],
      ["g", null, 2, 3],
      ["h", 2, null, 3],
      ["h", null, 2, 4],
      [{ id: 1 }, 5, 4, 7],
    ];
    expect(run(tableSelect({ mapper }), rows, { takesChanges }).output).toEqual(output);
  });
});

describe("Aggregations of a table", () => {
  const takesChanges = true;
  const rows: Input[] = [
    ["g", [1, null], 10],
    ["g", [5, null], 4],
    ["g", [7, 1], 5],
    ["g", [null, 5], 20],
    ["g", [null, 7], 15],
    ["h", [null, 3], 30],
    ["g", [2, null], 3],
  ];

  it("subtract before they add, and keep the greatest timestamp (A6)", () => {
    const operator = tableAggregate({
      store,
      init: () => "",
      add: (_key: unknown, value: number, text: string) => `${text}+${value}`,
      subtract: (_key: unknown, value: number, text: string) => (value === 7 ? null : `${text}-${value}`),
      sendOldValues,
    });
    expect(run(operator, rows, { takesChanges }).output).toEqual([
      ["g", "+1", null, 10],
      ["g", "+1+5", "+1", 10],
      ["g", "+1+5-1+7", "+1+5", 10],
      ["g", "+1+5-1+7-5", "+1+5-1+7", 20],
      ["g", null, "+1+5-1+7-5", 20],
      ["h", null, null, 30],
      ["g", "+2", null, 3],
    ]);
  });

  it("reduce: the first value passes unchanged", () => {
    const operator = tableReduce<string, number>({
      store,
      add: (sum, value) => sum + value,
      subtract: (sum, value) => (sum === value ? null : sum - value),
      sendOldValues,
    });
    expect(run(operator, rows, { takesChanges }).output).toEqual([
      ["g", 1, null, 10],
      ["g", 6, 1, 10],
      ["g", 12, 6, 10],
      ["g", 7, 12, 20],
      ["g", null, 7, 20],
      ["h", null, null, 30],
      ["g", 2, null, 3],
    ]);
  });

  it("refuse a null key (A7)", () => {
    const aggregate = tableAggregate({ store, init: () => 0, add: () => 1, subtract: () => 0, sendOldValues });
    const reduce = tableReduce<string, number>({ store, add: () => 1, subtract: () => 0, sendOldValues });
    const select = tableSelect({ mapper: (key: unknown, value: unknown) => [key, value] });
    for (const operator of [aggregate, reduce, select]) {
      expect(() => run(operator, [[null, [1, null], 1]], { takesChanges })).toThrow(
        expect.objectContaining({ cause: expect.any(NullTableKeyError) as unknown }) as Error,
      );
    }
  });
});

describe("A function that forgets to return stops the task", () => {
  const forgets = (() => undefined) as () => never;
  const operators: readonly (readonly [string, unknown])[] = [
    ["table filter", tableFilter({ predicate: forgets, negate: false, store: null, sendOldValues })],
    ["table mapValues", tableMapValues({ mapper: forgets, store: null, sendOldValues })],
    ["table groupBy", tableSelect({ mapper: forgets })],
    [
      "table aggregate's init",
      tableAggregate({ store, init: forgets, add: () => 1, subtract: () => 1, sendOldValues }),
    ],
    ["table aggregate's add", tableAggregate({ store, init: () => 1, add: forgets, subtract: () => 1, sendOldValues })],
    [
      "table aggregate's subtract",
      tableAggregate({ store, init: () => 1, add: () => 1, subtract: forgets, sendOldValues }),
    ],
    ["table reduce's add", tableReduce({ store, add: forgets, subtract: () => 1 as never, sendOldValues })],
    ["table reduce's subtract", tableReduce({ store, add: () => 1 as never, subtract: forgets, sendOldValues })],
  ];
  it.each(operators)("%s", (_name, operator) => {
    const rows: Input[] = [
      ["k", [1, null], 1],
      ["k", [2, 1], 2],
    ];
    const cause: unknown = expect.any(UndefinedResultError);
    expect(() => run(operator, rows, { takesChanges: true })).toThrow(expect.objectContaining({ cause }) as Error);
  });
});
