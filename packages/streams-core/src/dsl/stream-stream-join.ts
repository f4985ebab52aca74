import { InvalidArgumentError, TopologyError, type JoinWindows } from "../model/index.js";
import { changedSlot, keptSlot, type ErasedJoiner, type SerdeSlot, type StoreSpec } from "../plan/index.js";
import { validateName } from "../topology/index.js";
import type { Flow } from "./flow.js";
import type { JoinRepartition } from "./join-repartition.js";
import type { OuterStreamJoinOptions } from "./stream-stream-join-options.js";

/** Kafka Streams' interval between two looks for records that met nobody (J5). */
const EMIT_INTERVAL_MS = 1000;

type Options = OuterStreamJoinOptions<unknown, unknown, unknown, unknown>;

/** A stream as one side of a join. */
export interface JoinSide {
  readonly flow: Flow;
  readonly repartition: JoinRepartition;
}

/** What a verb says of a stream-stream join. */
export interface StreamJoinRequest {
  readonly verb: "join()" | "leftJoin()" | "outerJoin()";
  readonly left: JoinSide;
  readonly right: JoinSide;
  readonly joiner: ErasedJoiner;
  readonly options: Options;
}

interface JoinSlots {
  readonly key: SerdeSlot;
  readonly left: SerdeSlot;
  readonly right: SerdeSlot;
}

interface Names {
  readonly leftWindow: string;
  readonly rightWindow: string;
  readonly leftJoin: string;
  readonly rightJoin: string;
  readonly leftStore: string;
  readonly rightStore: string;
  readonly unmatchedStore: string;
  readonly merge: string;
}

/** Appends a stream-stream join; gives the stream of its results. */
export function appendStreamJoin(request: StreamJoinRequest): Flow {
  const { verb, options, joiner } = request;
  const { plan } = request.left.flow;
  if (request.right.flow.plan !== plan)
    throw new TopologyError(`${verb} takes a stream of the same StreamsBuilder: this one is of another.`);
  if (options === undefined)
    throw new InvalidArgumentError(
      `${verb} with a stream needs options: say in timeDifferenceMs how far records may be apart.`,
    );
  const windows = joinWindows(options);
  if (options.storeName !== undefined) validateName(options.storeName);
  const slots = slotsOf(request);
  const [left, right] = partitioned(request, slots);
  const names = drawNames(request);
  const isLeftOuter = verb !== "join()";
  const leftStore = windowStore(names.leftStore, slots.left, { options, slots, windows });
  const rightStore = windowStore(names.rightStore, slots.right, { options, slots, windows });
  plan.append({ kind: "joinWindow", name: names.leftWindow, parents: [left.node], store: leftStore });
  plan.append({ kind: "joinWindow", name: names.rightWindow, parents: [right.node], store: rightStore });
  const node = plan.append({
    kind: "streamJoin",
    name: names.merge,
    parents: [left.node, right.node],
    parts: {
      ...names,
      windows,
      joiner,
      isLeftOuter,
      isRightOuter: verb === "outerJoin()",
      emission: {
        emitIntervalMs: options.emitIntervalMs ?? EMIT_INTERVAL_MS,
        onTime: options.unmatchedOnTime ?? false,
      },
      unmatched: isLeftOuter ? unmatchedStore(names.unmatchedStore, options, slots) : null,
    },
  });
  return { ...left, node, key: slots.key, value: changedSlot(options.value, names.merge), marked: false };
}

function joinWindows(options: Options): JoinWindows {
  const { timeDifferenceMs, beforeMs = timeDifferenceMs, afterMs = timeDifferenceMs, graceMs = 0 } = options;
  for (const [what, timeMs] of Object.entries({ timeDifferenceMs, beforeMs, afterMs, graceMs })) {
    if (!Number.isSafeInteger(timeMs))
      throw new InvalidArgumentError(`${what} is ${timeMs}, it must be a whole number of milliseconds.`);
  }
  if (timeDifferenceMs < 0 || graceMs < 0)
    throw new InvalidArgumentError("timeDifferenceMs and graceMs of a join must be at least 0.");
  if (beforeMs + afterMs < 0)
    throw new InvalidArgumentError(
      `beforeMs ${beforeMs} and afterMs ${afterMs} leave no window: no records would meet.`,
    );
  return Object.freeze({ beforeMs, afterMs, graceMs });
}

function slotsOf({ left, right, options }: StreamJoinRequest): JoinSlots {
  return {
    key: keptSlot(options.key, left.flow.key),
    left: keptSlot(options.leftValue, left.flow.value),
    right: keptSlot(options.rightValue, right.flow.value),
  };
}

function partitioned({ left, right, verb, options: { name } }: StreamJoinRequest, slots: JoinSlots): [Flow, Flow] {
  const need = { verb, named: name !== undefined, key: slots.key };
  const prefixOf = (suffix: string, { node }: Flow): string => (name === undefined ? node.name : name + suffix);
  return [
    left.repartition.of(left.flow, { ...need, prefix: prefixOf("-left", left.flow), value: slots.left }),
    right.repartition.of(right.flow, { ...need, prefix: prefixOf("-right", right.flow), value: slots.right }),
  ];
}

/** Draws five numbers, in Kafka Streams' order (§2.9). */
function drawNames({ verb, left: { flow }, options: { name, storeName } }: StreamJoinRequest): Names {
  const { numbers } = flow.plan;
  const isRightOuter = verb === "outerJoin()";
  const isLeftOuter = verb !== "join()";
  const leftSuffix = isRightOuter ? "-outer-this-join" : "-this-join";
  const rightSuffix = isLeftOuter ? "-outer-other-join" : "-other-join";
  const leftWindow = numbers.suffixed("KSTREAM-WINDOWED-", name, "-this-windowed");
  const rightWindow = numbers.suffixed("KSTREAM-WINDOWED-", name, "-other-windowed");
  const leftPrefix = isRightOuter ? "KSTREAM-OUTERTHIS-" : "KSTREAM-JOINTHIS-";
  const leftNumbered = numbers.numbered(leftPrefix);
  const rightNumbered = numbers.numbered(isLeftOuter ? "KSTREAM-OUTEROTHER-" : "KSTREAM-JOINOTHER-");
  const sharedSuffix = isRightOuter ? "-outer-shared-join" : "-left-shared-join";
  const sharedNumbered = `KSTREAM-OUTERSHARED-${leftNumbered.slice(leftPrefix.length)}`;
  const store = (suffix: string, numbered: string): string =>
    `${storeName === undefined ? numbered : storeName + suffix}-store`;
  return {
    leftWindow,
    rightWindow,
    leftJoin: name === undefined ? leftNumbered : name + leftSuffix,
    rightJoin: name === undefined ? rightNumbered : name + rightSuffix,
    leftStore: store(leftSuffix, leftNumbered),
    rightStore: store(rightSuffix, rightNumbered),
    unmatchedStore: store(sharedSuffix, sharedNumbered),
    merge: numbers.suffixed("KSTREAM-MERGE-", name, "-merge"),
  };
}

interface StoreMake {
  readonly options: Options;
  readonly slots: JoinSlots;
  readonly windows: JoinWindows;
}

function windowStore(name: string, value: SerdeSlot, { options, slots, windows }: StoreMake): StoreSpec {
  const windowSizeMs = windows.beforeMs + windows.afterMs;
  return Object.freeze({
    ...commonSpec(name, options, slots.key),
    kind: "window",
    value,
    // Every record is kept, so that there is nothing to compact (ST5).
    changelogConfig: Object.freeze({ ...topicConfig(options), "cleanup.policy": "delete" }),
    windowSizeMs,
    retentionMs: windowSizeMs + windows.graceMs,
    retainDuplicates: true,
    logHeaders: true,
  });
}

function unmatchedStore(name: string, options: Options, slots: JoinSlots): StoreSpec {
  return Object.freeze({
    ...commonSpec(name, options, slots.key),
    kind: "unmatched",
    value: slots.left,
    otherValue: slots.right,
    changelogConfig: Object.freeze(topicConfig(options)),
  });
}

function commonSpec(name: string, { storeName, logging = true, engine }: Options, key: SerdeSlot) {
  return {
    name,
    named: storeName !== undefined,
    key,
    caching: false,
    logging: logging !== false,
    engine: engine ?? ("default" as const),
    maxEntries: null,
  };
}

function topicConfig({ logging }: Options): Record<string, string> {
  return typeof logging === "object" ? { ...logging } : {};
}
