import { expect, it } from "vitest";

import { type BytesStore, memoryBackend, type StateStamp } from "../index.js";

const stamp: StateStamp = { clusterId: "c", committedAtMs: 1 };
const bytes = (text: string) => new TextEncoder().encode(text);
const rows = (store: BytesStore, reverse = false) =>
  [...store.iterate({ from: null, to: null, reverse })].map(
    ({ key, value }) => `${key}=${new TextDecoder().decode(value)}`,
  );

it("reads the running overlay, then the frozen one, then committed rows", async () => {
  const backend = await memoryBackend();
  const state = await backend.open("0_0");
  const store = state.store("s");
  for (const key of ["a", "b", "c"]) store.put(key, bytes("committed"));
  state.freeze();
  await state.commitFrozen(new Map([["s-changelog-0", 3]]), stamp);
  store.put("b", bytes("frozen"));
  store.put("d", bytes("frozen"));
  state.freeze();
  store.put("c", null);
  store.put("d", bytes("running"));

  expect(rows(store)).toEqual(["a=committed", "b=frozen", "d=running"]);
  expect(rows(store, true)).toEqual(["d=running", "b=frozen", "a=committed"]);
  expect(store.get("c")).toBeNull();
  expect(store.approximateCount()).toBe(3);

  state.discard();
  expect(rows(store)).toEqual(["a=committed", "b=committed", "c=committed"]);
  expect(state.offsets()).toEqual(new Map([["s-changelog-0", 3]]));
  await backend.close();
});
