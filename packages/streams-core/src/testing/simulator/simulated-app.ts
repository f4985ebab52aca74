import type { SeededRandomness } from "@millrace/kernel/testing";
import { StreamsApp, type StreamsAppOptions } from "../../app/index.js";
import type { AppHarness } from "../app-harness.js";
import type { SimulatedDisk } from "../simulated-disk.js";
import { SimulatedClient } from "./simulated-client.js";
import type { FleetOptions } from "./simulated-fleet.js";
import type { SimulatedProcess } from "./simulated-process.js";
import { simulatedService } from "./simulated-service.js";
import { simulatedState } from "./simulated-state.js";
import type { SimulationScenario } from "./simulation-scenario.js";
import { UserFault, userCodeThatThrows } from "./user-fault.js";

/** What one life of an app runs in. */
export interface SimulatedWorld {
  readonly harness: AppHarness;
  readonly process: SimulatedProcess;
  readonly disk: SimulatedDisk;
  readonly scenario: SimulationScenario;
  readonly chance: SeededRandomness;
  /** No more faults from now on. */
  readonly calm: () => boolean;
}

/** One life of an app, behind the border of its process. */
export function simulatedApp(options: FleetOptions, world: SimulatedWorld): StreamsApp {
  const { applicationId, exactlyOnce, topology, plant } = options;
  const { harness, process, disk, scenario, chance } = world;
  const bug = plant?.() ?? {};
  const { sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs, maxPollRecords, batchBytes } = scenario;
  const client = new SimulatedClient(harness.cluster.connect(process.environment), process, {
    consumer: { sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs, maxPollRecords },
    producer: { batchBytes },
  }).client();
  const state = simulatedState(disk, process, () => chance.below(scenario.diskLatencyMsMax));
  const elsewhere = <T extends object>(service: T): T => simulatedService(service, world);
  return new StreamsApp(topology({ elsewhere }), {
    applicationId,
    client: bug.client?.(client) ?? client,
    environment: process.environment,
    ...(scenario.onHeap ? {} : { stateBackend: async () => bug.state?.(state) ?? state }),
    ...(scenario.onHeap && scenario.staticMembers ? { instanceId: disk.instanceId } : {}),
    ...(scenario.staticMembers ? { groupInstanceId: disk.instanceId } : {}),
    processingGuarantee: exactlyOnce ? "exactly-once" : "at-least-once",
    restoreProgress: false,
    ...drawnOptions(scenario),
    ...userFaults(world),
  });
}

function drawnOptions(scenario: SimulationScenario): Partial<StreamsAppOptions> {
  const { commitIntervalMs, cacheMaxBytes, overlayMaxBytes, bufferedRecordsMax, pollMs, lingerMs } = scenario;
  const { repartitionPurgeIntervalMs, standbyReplicas, acceptableRecoveryLag, maxWarmupReplicas } = scenario;
  const { probingRebalanceIntervalMs, stateCleanupDelayMs, maxTaskIdleMs, workers } = scenario;
  return {
    ...{ commitIntervalMs, cacheMaxBytes, overlayMaxBytes, bufferedRecordsMax, pollMs, lingerMs },
    ...{ repartitionPurgeIntervalMs, standbyReplicas, acceptableRecoveryLag, maxWarmupReplicas },
    ...{ probingRebalanceIntervalMs, stateCleanupDelayMs, maxTaskIdleMs, workers },
  };
}

/** In some lives the user's code throws now and then, and the worker is replaced for it; for anything else the app ends. */
function userFaults({ scenario, chance, calm }: SimulatedWorld): Partial<StreamsAppOptions> {
  if (chance.fraction() >= scenario.throwing) return {};
  return {
    timestampExtractor: userCodeThatThrows(chance, calm),
    onUncaughtError: (error) => (UserFault.isBehind(error) ? "replace-worker" : "shutdown-client"),
  };
}
