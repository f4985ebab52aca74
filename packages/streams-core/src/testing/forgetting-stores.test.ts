import { describe, expect, it } from "vitest";
import { StreamsBuilder, versionedStore, windows } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { TopologyTestDriver } from "./index.js";

const strings = { key: serdes.string, value: serdes.string };

function driver(): TopologyTestDriver {
  const builder = new StreamsBuilder();
  const clicks = builder.stream("clicks", strings).groupByKey();
  clicks.windowedBy(windows.tumbling({ sizeMs: 10 })).count({ store: "windows" });
  clicks.windowedBy(windows.session({ inactivityGapMs: 5 })).count({ store: "sessions" });
  builder.table("prices", { ...strings, supplier: versionedStore("prices", { historyRetentionMs: 100 }) });
  return new TopologyTestDriver(builder.build());
}

describe("the driver", () => {
  it("shows stores that forget with time", () => {
    using running = driver();
    const clicks = running.createInputTopic("clicks", strings);
    for (const timestamp of [1, 4, 12]) clicks.pipeInput("a", "x", { timestamp });
    expect([...running.getWindowStore("windows")!.fetch("a", 0, 20)]).toEqual([
      { key: 0, value: 2 },
      { key: 10, value: 1 },
    ]);
    expect(running.getTimestampedWindowStore("windows")!.get("a", 0)).toEqual({ value: 2, timestamp: 4 });
    expect(
      Array.from(running.getSessionStore("sessions")!.fetch("a"), ({ key, value }) => [key.startMs, key.endMs, value]),
    ).toEqual([
      [1, 4, 2],
      [12, 12, 1],
    ]);
    expect([
      running.getSessionStore("windows"),
      running.getWindowStore("sessions"),
      running.getVersionedStore("none"),
    ]).toEqual([null, null, null]);
  });

  it("shows versioned tables", () => {
    using running = driver();
    const prices = running.createInputTopic("prices", strings);
    prices.pipeInput("a", "1", { timestamp: 10 });
    prices.pipeInput("a", "2", { timestamp: 20 });
    expect(running.getVersionedStore<string, string>("prices")!.get("a", 15)?.value).toBe("1");
  });
});
