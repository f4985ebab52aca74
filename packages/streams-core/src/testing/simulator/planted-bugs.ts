import {
  RetriableError,
  TransactionAbortableError,
  type ProducerConfig,
  type StreamsProducer,
} from "@millrace/kafka-client";
import type { TaskState } from "@millrace/state-stores";
import { overlay } from "./overlay.js";
import type { PlantedBug } from "./simulated-fleet.js";

const NOBODY = { generation: -1, memberId: "", instanceId: null };

/** Stores are written before the transaction is committed, rather than after it. */
export function storeBeforeCommit(): PlantedBug {
  /** Changelog partition -> the offset after its last acknowledged record. */
  const ends = new Map<string, number>();
  const writeEarly = new Set<() => Promise<void>>();
  return {
    client: (client) =>
      overlay(client, {
        producer: (config) => {
          const producer = client.producer({
            ...config,
            onBatch: (...report) => {
              const [{ topic, partition }, , count, baseOffset, error] = report;
              if (error === null) ends.set(`${topic}-${partition}`, baseOffset + count);
              config.onBatch?.(...report);
            },
          });
          return overlay(producer, {
            commit: async () => {
              for (const write of writeEarly) await write();
              await producer.commit();
            },
          });
        },
      }),
    state: (backend) =>
      overlay(backend, {
        open: async (taskId) => {
          const changelog = new RegExp(`-changelog-${taskId.split("_")[1]}$`, "u");
          return writingEarly(
            await backend.open(taskId),
            writeEarly,
            () => new Map([...ends].filter(([partition]) => changelog.test(partition))),
          );
        },
      }),
  };
}

function writingEarly(
  state: TaskState,
  writeEarly: Set<() => Promise<void>>,
  offsets: () => ReadonlyMap<string, number>,
): TaskState {
  let written = false;
  const write = async (): Promise<void> => {
    const stamp = state.stamp();
    if (!state.frozen || stamp === null) return;
    await state.commitFrozen(offsets(), stamp);
    written = true;
  };
  writeEarly.add(write);
  return overlay(state, {
    freeze: () => {
      written = false;
      state.freeze();
    },
    commitFrozen: (committed, stamp) => (written ? Promise.resolve() : state.commitFrozen(committed, stamp)),
    close: () => {
      writeEarly.delete(write);
      return state.close();
    },
  });
}

/** `flush` answers at once and sends nothing; records go out when their batch has lingered. */
export function flushSkipped(): PlantedBug {
  return withProducer({ lingerMs: 400 }, () => ({ flush: () => Promise.resolve(new Map()) }));
}

/** Offsets are sent in nobody's name, so that a member the group has given up can still commit. */
export function fenceMissing(): PlantedBug {
  return withProducer({}, (producer) => ({
    sendOffsets: (offsets, group) => producer.sendOffsets(offsets, { ...group, ...NOBODY }),
  }));
}

/** Offsets that the group did not take count as taken. */
export function confirmationMissing(): PlantedBug {
  return {
    client: (client) =>
      overlay(client, {
        groupConsumer: (config) => {
          const consumer = client.groupConsumer(config);
          return overlay(consumer, { commit: (offsets) => consumer.commit(offsets).catch(() => undefined) });
        },
      }),
  };
}

/** A transaction whose end was not answered is aborted, and the next one begun with the same producer. */
export function unknownOutcomeAborted(): PlantedBug {
  return withProducer({}, (producer) => ({
    commit: async () => {
      try {
        await producer.commit();
      } catch (cause) {
        if (!(cause instanceof RetriableError)) throw cause;
        throw new TransactionAbortableError("The transaction's end was not answered.", { cause });
      }
    },
  }));
}

function withProducer(
  settings: Partial<ProducerConfig>,
  replace: (producer: StreamsProducer) => Partial<StreamsProducer>,
): PlantedBug {
  return {
    client: (client) =>
      overlay(client, {
        producer: (config) => {
          const producer = client.producer({ ...config, ...settings });
          return overlay(producer, replace(producer));
        },
      }),
  };
}
