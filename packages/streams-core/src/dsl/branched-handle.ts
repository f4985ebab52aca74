import { TopologyError, type RecordContext } from "../model/index.js";
import type { PlanNode } from "../plan/index.js";
import { validateName } from "../topology/index.js";
import type { BranchedStream, Branches } from "./branched-stream.js";
import type { Flow } from "./flow.js";
import type { KStream } from "./k-stream.js";
import type { Named } from "./options.js";

type Predicate<K, V> = (key: K, value: V, context: RecordContext) => boolean;

/** BranchedStream over plan nodes. */
export class BranchedHandle<K, V> implements BranchedStream<K, V> {
  readonly #flow: Flow;
  readonly #splitName: string;
  readonly #split: PlanNode;
  readonly #branches = new Map<string, KStream<K, V>>();
  #hasDefault = false;

  constructor(flow: Flow, options: Named) {
    const { plan, node } = flow;
    this.#flow = flow;
    this.#splitName = plan.numbers.processor("KSTREAM-BRANCH-", options.name);
    this.#split = plan.append({ kind: "split", name: this.#splitName, parents: [node] });
  }

  branch(predicate: Predicate<K, V>, options: Named = {}): BranchedStream<K, V> {
    this.append(predicate, options.name ?? String(this.#branches.size + 1));
    return this;
  }

  defaultBranch(options: Named = {}): Branches<K, V> {
    this.append(null, options.name ?? "0");
    this.#hasDefault = true;
    return this.noDefaultBranch();
  }

  noDefaultBranch(): Branches<K, V> {
    return Object.freeze(Object.fromEntries(this.#branches));
  }

  /** One more branch; without a predicate it takes what the others left. */
  append(predicate: Predicate<K, V> | null, suffix: string): KStream<K, V> {
    const { plan, handles } = this.#flow;
    const name = this.#splitName + suffix;
    validateName(name);
    if (this.#hasDefault)
      throw new TopologyError(`${this.#splitName} has its default branch already: no branch can come after it.`);
    if (this.#branches.has(name))
      throw new TopologyError(`${this.#splitName} has a branch ${name} already. Choose another name.`);
    plan.numbers.numbered(name);
    const node = plan.append({ kind: "branch", name, parents: [this.#split], predicate });
    const stream = handles.stream<K, V>({ ...this.#flow, node });
    this.#branches.set(name, stream);
    return stream;
  }
}

/** The streams of a split given as a record, by the record's own keys. */
export function splitByRecord<K, V>(
  flow: Flow,
  predicates: Readonly<Record<string, Predicate<K, V>>>,
  options: Named,
): Record<string, KStream<K, V>> {
  const names = Object.keys(predicates);
  const integer = names.find((name) => /^\d+$/u.test(name));
  if (integer !== undefined) {
    throw new TopologyError(
      `A branch is named ${integer}: JavaScript moves integers to the front of an object. Choose a name with a letter, or use split().branch().`,
    );
  }
  const branched = new BranchedHandle<K, V>(flow, options);
  return Object.fromEntries(names.map((name) => [name, branched.append(predicates[name]!, name)]));
}
