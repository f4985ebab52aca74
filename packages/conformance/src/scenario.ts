/** Anything JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object; fields that are not there are undefined. */
export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

/** A named function, processor or extractor with its arguments beside the name. */
export interface NamedFunction extends JsonObject {
  readonly name: string;
}

/** A serde's name, or a serde made of another. */
export type SerdeName = string | { readonly type: string; readonly inner: SerdeName; readonly sizeMs?: number };

/** One operation on the builder, the topology, or the result of an earlier operation. */
export interface Operation extends JsonObject {
  readonly op: string;
}

export interface PipeStep {
  readonly topic: string;
  readonly key?: Json;
  readonly value?: Json;
  readonly keyHex?: string;
  readonly valueHex?: string;
  readonly timestamp: number;
  readonly headers?: readonly (readonly [string, string | null])[];
}

export interface QueryStep extends JsonObject {
  readonly store: string;
  readonly type: string;
}

export type Step =
  { readonly pipe: PipeStep } | { readonly advanceWallClockMs: number } | { readonly query: QueryStep };

/** What went wrong, or was expected to: in a step, or while building. */
export type ScenarioError = { readonly step: number } | { readonly build: string };

/** What running a scenario gives. After a failed build there is nothing but the error. */
export interface Outcome {
  readonly error: ScenarioError | null;
  readonly output?: JsonObject;
  readonly internal?: JsonObject;
  readonly unordered?: readonly string[];
  readonly stores?: JsonObject;
  readonly queries?: Json;
  readonly describe?: string;
  readonly internalTopics?: Json;
  readonly copartitionGroups?: Json;
  readonly metrics?: JsonObject;
}

export interface TopologyScenario {
  readonly kind?: undefined;
  readonly name: string;
  readonly family: string;
  readonly topology: readonly Operation[];
  readonly config?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  readonly expect: Outcome;
}

/** One call of a codec. */
export interface BytesCase extends JsonObject {
  readonly do: string;
}

export interface BytesScenario {
  readonly kind: "bytes";
  readonly name: string;
  readonly family: string;
  readonly cases: readonly BytesCase[];
  readonly expect: { readonly cases: readonly JsonObject[] };
}

export type Scenario = TopologyScenario | BytesScenario;
