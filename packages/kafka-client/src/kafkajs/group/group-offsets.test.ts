import { virtualEnvironment } from "@millrace/kernel/testing";
import { expect, test } from "vitest";
import { tp } from "../../port/topic-partition.js";
import { ErrorCode } from "../../protocol/error-codes.js";
import type { Coordinator } from "./coordinator.js";
import { GroupOffsets } from "./group-offsets.js";

const [held, free] = [tp("orders", 0), tp("orders", 1)];
const committed = { offset: 7 };

/** A transaction holds the offset of one partition until `untilMs`; the other one is free. */
function offsetsHeld(untilMs: number) {
  const environment = virtualEnvironment({ startMs: 0 });
  const coordinator = {
    async call() {
      const unstable = environment.clock.monotonicMs() < untilMs ? [held] : [];
      const offsets = new Map([free, ...(unstable.length > 0 ? [] : [held])].map((each) => [each, committed]));
      return { errorCode: ErrorCode.NONE, offsets, unstable };
    },
  } as unknown as Coordinator;
  return { environment, offsets: new GroupOffsets(coordinator, "counts", environment) };
}

test.each([
  [5_000, 0],
  [15_000, 1],
  [35_000, 3],
])("an offset that a transaction holds for %i ms is waited for, with %i warnings", async (untilMs, warnings) => {
  const { environment, offsets } = offsetsHeld(untilMs);
  const found = offsets.committed([held, free], true, new AbortController().signal);
  await environment.scheduler.advanceBy(untilMs + 1_000);
  expect([...(await found).values()].map((each) => each?.offset)).toEqual([7, 7]);
  const said = environment.logger.lines.filter(({ level }) => level === "warn");
  expect(said.map(({ fields }) => fields)).toEqual(
    new Array(warnings).fill({ groupId: "counts", partitions: ["orders-0"] }),
  );
});
