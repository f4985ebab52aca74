/** Where a subscription is kept: behind the length of its foreign key and that key, so that a prefix finds all of one. */
export function subscriptionKey(foreignKey: Uint8Array, primaryKey: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + foreignKey.length + primaryKey.length);
  new DataView(bytes.buffer).setInt32(0, foreignKey.length);
  bytes.set(foreignKey, 4);
  bytes.set(primaryKey, 4 + foreignKey.length);
  return bytes;
}

const noBytes = new Uint8Array(0);

/** What the keys of all subscriptions of a foreign key begin with. Its length comes first: no key is another's prefix. */
export function subscriptionPrefix(foreignKey: Uint8Array): Uint8Array {
  return subscriptionKey(foreignKey, noBytes);
}
