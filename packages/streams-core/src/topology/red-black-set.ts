interface Entry<T> {
  readonly item: T;
  red: boolean;
  left: Entry<T> | null;
  right: Entry<T> | null;
  parent: Entry<T> | null;
}

/**
 * A sorted set as Java's TreeSet is one, red-black tree and all. Only for describing topologies: there the order of
 * items changes after they were added, and where the next one goes then depends on the shape of the tree.
 */
export class RedBlackSet<T> {
  readonly #compare: (a: T, b: T) => number;
  #root: Entry<T> | null = null;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  add(item: T): void {
    let parent: Entry<T> | null = null;
    let order = 0;
    for (let at = this.#root; at !== null; at = order < 0 ? at.left : at.right) {
      order = this.#compare(item, at.item);
      if (order === 0) return;
      parent = at;
    }
    const entry: Entry<T> = { item, red: true, left: null, right: null, parent };
    if (parent === null) this.#root = entry;
    else if (order < 0) parent.left = entry;
    else parent.right = entry;
    this.#balance(entry);
  }

  /** In order. */
  items(): T[] {
    const items: T[] = [];
    const visit = (entry: Entry<T> | null): void => {
      if (entry === null) return;
      visit(entry.left);
      items.push(entry.item);
      visit(entry.right);
    };
    visit(this.#root);
    return items;
  }

  #balance(added: Entry<T>): void {
    let entry = added;
    while (entry.parent?.red === true) {
      const parent = entry.parent;
      const grandparent = parent.parent!;
      const parentIsLeft = grandparent.left === parent;
      const uncle = parentIsLeft ? grandparent.right : grandparent.left;
      if (uncle?.red === true) {
        parent.red = false;
        uncle.red = false;
        grandparent.red = true;
        entry = grandparent;
        continue;
      }
      const entryIsLeft = parent.left === entry;
      if (entryIsLeft !== parentIsLeft) this.#rotate(parent, parentIsLeft);
      const top = entryIsLeft === parentIsLeft ? parent : entry;
      top.red = false;
      grandparent.red = true;
      this.#rotate(grandparent, !parentIsLeft);
      entry = parent.parent === entry ? parent : entry;
    }
    this.#root!.red = false;
  }

  #rotate(entry: Entry<T>, toLeft: boolean): void {
    const child = (toLeft ? entry.right : entry.left)!;
    const inner = toLeft ? child.left : child.right;
    if (toLeft) entry.right = inner;
    else entry.left = inner;
    if (inner !== null) inner.parent = entry;
    child.parent = entry.parent;
    if (entry.parent === null) this.#root = child;
    else if (entry.parent.left === entry) entry.parent.left = child;
    else entry.parent.right = child;
    if (toLeft) child.left = entry;
    else child.right = entry;
    entry.parent = child;
  }
}
