/** Union-find over node names: which nodes are connected, by edges or by shared stores. */
export class NodeGroups {
  readonly #parents = new Map<string, string>();

  add(name: string): void {
    this.#parents.set(name, name);
  }

  unite(a: string, b: string): void {
    const rootA = this.#root(a);
    const rootB = this.#root(b);
    if (rootA !== rootB) this.#parents.set(rootA, rootB);
  }

  /**
   * Groups in Kafka Streams' numbering (index = sub-topology id): by the first of their nodes to be added. Names within
   * a group are in the order of adding, too.
   */
  numbered(): string[][] {
    const byRoot = new Map<string, string[]>();
    for (const name of this.#parents.keys()) {
      const root = this.#root(name);
      const group = byRoot.get(root);
      if (group === undefined) byRoot.set(root, [name]);
      else group.push(name);
    }
    return [...byRoot.values()];
  }

  #root(name: string): string {
    let root = name;
    for (let parent = this.#parents.get(root)!; parent !== root; parent = this.#parents.get(root)!) root = parent;
    this.#parents.set(name, root);
    return root;
  }
}
