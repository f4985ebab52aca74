import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serdes, StreamsBuilder, type StreamsAppOptions, type Topology } from "millrace";
import { timed, type Bench, type Timing } from "../bench.js";
import { keyCount, keyText, positionJson } from "./data.js";
import { runEmbedded } from "./embedded-run.js";

/** A key comes back after `keyCount` ms: far enough for the records before and after, not for the next but one. */
const timeDifferenceMs = keyCount * 1.5;

/** Every third record of a key goes left: it meets the one before and the one after it. */
function isLeft(position: string): boolean {
  return Number(position.slice(position.lastIndexOf(":") + 1, -1)) % 3 === 0;
}

function topology(isOuter: boolean): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  const positions = builder.stream("positions");
  const left = positions.filter((_, position) => isLeft(position));
  const right = positions.filter((_, position) => !isLeft(position));
  const longer = (a: string | null, b: string | null): string => ((a ?? "") > (b ?? "") ? a : b) ?? "";
  const joined = isOuter
    ? left.outerJoin(right, longer, { timeDifferenceMs, unmatchedOnTime: true })
    : left.join(right, longer, { timeDifferenceMs });
  joined.to("joined-out");
  return builder.build();
}

interface Held {
  readonly timestamp: number;
  readonly value: string;
}

/** A list of held records by key for each side, and a scan of the other one: by hand. */
function baseline(records: number): Timing {
  const values = Array.from({ length: keyCount * 3 }, (_, index) => Buffer.from(positionJson(index)));
  const sides = [new Map<string, Held[]>(), new Map<string, Held[]>()] as const;
  return timed(records, () => {
    for (let timestamp = 0; timestamp < records; timestamp++) {
      const value = (values[timestamp % values.length] as Buffer).toString("latin1");
      const key = keyText(timestamp);
      const [own, other] = isLeft(value) ? sides : [sides[1], sides[0]];
      for (const held of other.get(key) ?? [])
        if (timestamp - held.timestamp <= timeDifferenceMs) held.value.concat(value);
      const kept = own.get(key)?.filter((held) => timestamp - held.timestamp <= timeDifferenceMs) ?? [];
      kept.push({ timestamp, value });
      own.set(key, kept);
    }
  });
}

const embeddedJoin = (records: number, isOuter: boolean, app: Partial<StreamsAppOptions>): Promise<Timing> =>
  runEmbedded({
    topology: topology(isOuter),
    inputTopic: "positions",
    outputTopic: "joined-out",
    key: keyText,
    value: positionJson,
    records,
    app,
  });

export const embeddedJoinMemory: Bench = {
  name: "embedded: stream-stream join, memory",
  unit: "records",
  records: 500_000,
  baseline,
  run: (records) => embeddedJoin(records, false, {}),
};

export const embeddedOuterJoinMemory: Bench = {
  name: "embedded: stream-stream outer join, memory",
  unit: "records",
  records: 500_000,
  baseline,
  run: (records) => embeddedJoin(records, true, {}),
};

export const embeddedJoinLeveldb: Bench = {
  name: "embedded: stream-stream join, leveldb",
  unit: "records",
  records: 500_000,
  baseline,
  run: async (records) => {
    const stateDir = mkdtempSync(join(tmpdir(), "millrace-bench-"));
    try {
      return await embeddedJoin(records, false, { stateDir });
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  },
};
