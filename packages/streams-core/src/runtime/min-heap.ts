/** What a {@link MinHeap} orders by. `rank` must not change while the item is in the heap. */
export interface Ranked {
  readonly rank: number;
}

/**
 * A binary heap by `rank` that resolves ties exactly as Java's PriorityQueue does: which of two partitions with equal
 * timestamps goes first shows in the results.
 */
export class MinHeap<T extends Ranked> {
  private readonly items: T[] = [];

  get size(): number {
    return this.items.length;
  }

  peek(): T | null {
    return this.items.length === 0 ? null : this.items[0]!;
  }

  offer(item: T): void {
    const { items } = this;
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const parentIndex = (index - 1) >>> 1;
      const parent = items[parentIndex]!;
      if (item.rank >= parent.rank) break;
      items[index] = parent;
      index = parentIndex;
    }
    items[index] = item;
  }

  poll(): T | null {
    const { items } = this;
    const last = items.pop();
    if (last === undefined) return null;
    if (items.length === 0) return last;
    const root = items[0]!;
    this.siftDown(last);
    return root;
  }

  clear(): void {
    this.items.length = 0;
  }

  private siftDown(item: T): void {
    const { items } = this;
    const firstLeaf = items.length >>> 1;
    let index = 0;
    while (index < firstLeaf) {
      let childIndex = 2 * index + 1;
      const right = childIndex + 1;
      if (right < items.length && items[childIndex]!.rank > items[right]!.rank) childIndex = right;
      const child = items[childIndex]!;
      if (item.rank <= child.rank) break;
      items[index] = child;
      index = childIndex;
    }
    items[index] = item;
  }
}
