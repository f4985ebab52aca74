import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  serdes,
  StreamsBuilder,
  windows,
  type KGroupedStream,
  type KTable,
  type StreamsAppOptions,
  type Topology,
  type Windowed,
} from "millrace";
import { timed, type Bench, type Timing } from "../bench.js";
import { firstTimestamp, keyText, positionJson } from "./data.js";
import { runEmbedded } from "./embedded-run.js";

type Count = (grouped: KGroupedStream<string, string>) => KTable<Windowed<string>, number>;

/** A record of a key comes each 10 s: sliding windows then hold four, and each record changes about six of them. */
const inWindows: Readonly<Record<string, Count>> = {
  "1-second windows": (grouped) => grouped.windowedBy(windows.tumbling({ sizeMs: 1000, graceMs: 60_000 })).count(),
  "sliding windows": (grouped) =>
    grouped.windowedBy(windows.sliding({ timeDifferenceMs: 30_000, graceMs: 30_000 })).count(),
  "session windows": (grouped) =>
    grouped.windowedBy(windows.session({ inactivityGapMs: 15_000, graceMs: 30_000 })).count(),
};

/** Counts by key and window, with a changelog, cached. */
function topology(count: Count): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  count(builder.stream("positions").groupByKey())
    .toStream()
    .to("counts-out", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

/** A Map per second and counters: by hand, and simpler than sliding windows or sessions are. */
function baseline(records: number): Timing {
  const keys = Array.from({ length: 10_000 }, (_, index) => Buffer.from(keyText(index)));
  const seconds = new Map<number, Map<string, { count: number }>>();
  return timed(records, () => {
    for (let index = 0; index < records; index++) {
      const key = (keys[index % keys.length] as Buffer).toString("latin1");
      const second = Math.floor((firstTimestamp + index) / 1000);
      let counts = seconds.get(second);
      if (counts === undefined) seconds.set(second, (counts = new Map()));
      const entry = counts.get(key);
      if (entry === undefined) counts.set(key, { count: 1 });
      else entry.count++;
    }
  });
}

const run = (records: number, count: Count, app: Partial<StreamsAppOptions>): Promise<Timing> =>
  runEmbedded({
    topology: topology(count),
    inputTopic: "positions",
    outputTopic: "counts-out",
    key: keyText,
    value: positionJson,
    records,
    app,
  });

async function inTemporaryFolder(work: (stateDir: string) => Promise<Timing>): Promise<Timing> {
  const stateDir = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  try {
    return await work(stateDir);
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** Each kind of windows on both engines. */
export const windowBenches: readonly Bench[] = Object.entries(inWindows).flatMap(([name, count]) => [
  {
    name: `embedded: ${name}, memory`,
    unit: "records",
    records: 500_000,
    baseline,
    run: (records) => run(records, count, {}),
  },
  {
    name: `embedded: ${name}, leveldb`,
    unit: "records",
    records: 500_000,
    baseline,
    run: (records) => inTemporaryFolder((stateDir) => run(records, count, { stateDir })),
  },
]);
