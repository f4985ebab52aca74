import type { GroupConsumer } from "@millrace/kafka-client";
import type { WorkerOptions } from "./worker-options.js";

/** The member of the application's group that a worker is, with what users set of it. */
export function openConsumer(options: WorkerOptions): GroupConsumer {
  const { client, clientId, plan, groupInstanceId, offsetReset, transactionalId } = options;
  return client.groupConsumer({
    ...options.clientSettings.consumer,
    groupId: plan.applicationId,
    clientId,
    ...(groupInstanceId === null ? {} : { groupInstanceId }),
    isolation: transactionalId === null ? "read_uncommitted" : "read_committed",
    offsetReset: plan.offsetReset(offsetReset),
  });
}
