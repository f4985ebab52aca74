import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Serde } from "../model/index.js";
import { murmur2, partitionOfKey, serdes } from "./index.js";

type SerdeName = string | { type: string; inner: string };
interface Case {
  do: string;
  serde: SerdeName;
  value?: unknown;
  hex: string | null;
  partitions: number;
}
interface Result {
  hex?: string | null;
  back?: unknown;
  value?: unknown;
  hash?: number;
  partition?: number;
  error?: string;
}
interface Scenario {
  name: string;
  cases: Case[];
  expect: { cases: Result[] };
}

const vectors = new URL("../../../../conformance/vectors/bytes.json", import.meta.url);
const scenarios = JSON.parse(readFileSync(vectors, "utf8")) as Scenario[];
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function serdeNamed(name: SerdeName): Serde<unknown> | undefined {
  if (typeof name === "object") return name.type === "list" ? serdes.list(serdeNamed(name.inner)!) : undefined;
  return (serdes as unknown as Record<string, Serde<unknown>>)[name === "long" ? "bigint" : name];
}

/** The vectors write bytes as hex, 64-bit numbers as numbers or digits, and NaN as text. */
function toVector(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return Array.isArray(value) ? value.map(toVector) : value;
}
function fromVector(value: unknown, name: SerdeName): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((entry) => fromVector(entry, (name as { inner: string }).inner));
  if (name === "bytes") return fromHex(value as string);
  if (name === "long") return BigInt(value as number | string);
  return name === "double" || name === "float" ? Number(value) : value;
}

function run(kase: Case): Result {
  const serde = serdeNamed(kase.serde);
  try {
    if (kase.do === "murmur2") return { hash: murmur2(fromHex(kase.hex!)) };
    if (kase.do === "partition") return { partition: partitionOfKey(fromHex(kase.hex!), kase.partitions) };
    if (kase.do === "deserialize") {
      if (kase.hex === null) return { value: null };
      return { value: toVector(serde!.deserialize("t", fromHex(kase.hex))) };
    }
    if (kase.value === null) return { hex: null, back: null };
    const bytes = serde!.serialize("t", fromVector(kase.value, kase.serde));
    const shifted = Buffer.concat([Buffer.from("pad"), bytes, Buffer.from("pad")]);
    const back = serde!.read?.(shifted, 3, 3 + bytes.length) ?? serde!.deserialize("t", bytes);
    return { hex: toHex(bytes), back: toVector(back) };
  } catch {
    return { error: "any" };
  }
}

describe.each(scenarios.filter(({ name }) => /^bytes-(serdes|deserialize|lists|partitioner|murmur2)-/u.test(name)))(
  "Kafka's bytes: $name",
  ({ cases, expect: expected }) => {
    test.each(cases.map((kase, i) => [JSON.stringify(kase), kase, expected.cases[i]!] as const))(
      "%s",
      (_, kase, result) => {
        expect(run(kase)).toEqual(result.error === undefined ? result : { error: "any" });
      },
    );
  },
);
