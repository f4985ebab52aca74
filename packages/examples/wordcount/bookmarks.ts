import { tp, type KafkaClient } from "millrace";

export const bookmarksTopic = "wordcount-input-bookmarks";
export const bookmarksPartition = tp(bookmarksTopic, 0);

/** How far an input has been read, written in the same transaction as the lines before it. */
export interface Bookmark {
  readonly positionBytes: number;
  /** SHA-256 of everything before the position: another text under the same name starts from its beginning. */
  readonly prefixSha256: string;
  /** Counted to its end: the input, given again, is counted again. */
  readonly finished: boolean;
}

/** The last committed bookmark of every input. */
export async function readBookmarks(client: KafkaClient): Promise<Map<string, Bookmark>> {
  const bookmarks = new Map<string, Bookmark>();
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  try {
    const partitions = [bookmarksPartition];
    const start = (await consumer.beginningOffsets(partitions)).get(bookmarksPartition) ?? 0;
    const end = (await consumer.endOffsets(partitions, "read_uncommitted")).get(bookmarksPartition) ?? 0;
    consumer.assign(new Map([[bookmarksPartition, start]]));
    while (consumer.position(bookmarksPartition) < end) {
      for (const { records } of await consumer.poll(100)) {
        while (records.next()) {
          const { key, value } = records.record();
          if (key !== null && value !== null) bookmarks.set(text(key), JSON.parse(text(value)) as Bookmark);
        }
      }
    }
  } finally {
    await consumer.close();
  }
  return bookmarks;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
