import { administration } from "./administration.js";
import { compaction } from "./compaction.js";
import type { ContractRunner, ContractTest, ContractWorld, Declare } from "./contract.js";
import { groupPositions } from "./group-positions.js";
import { groupRebalances } from "./group-rebalances.js";
import { producing } from "./producing.js";
import { reading } from "./reading.js";
import { transactionOffsets } from "./transaction-offsets.js";
import { transactions } from "./transactions.js";

/**
 * Declares the contract of `KafkaClient` as tests of `runner`: what every adapter must do, however it does it. `open`
 * gives each test a world of its own; worlds may share one cluster, as names are never used twice.
 */
export function runClientContract(runner: ContractRunner, open: () => Promise<ContractWorld>): void {
  const groups: Readonly<Record<string, (declare: Declare) => void>> = {
    producing,
    reading,
    transactions,
    "offsets in transactions": transactionOffsets,
    "positions of a group": groupPositions,
    rebalances: groupRebalances,
    compaction,
    administration,
  };
  for (const [title, declareAll] of Object.entries(groups)) {
    runner.describe(title, () => declareAll((name, body) => runner.it(name, () => runInWorld(open, body))));
  }
}

async function runInWorld(
  open: () => Promise<ContractWorld>,
  body: (test: ContractTest) => Promise<void>,
): Promise<void> {
  const world = await open();
  const client = world.connect();
  const suffix = world.environment.randomness.uuid().slice(0, 8);
  try {
    await world.drive(body({ world, client, name: (stem) => `${stem}-${suffix}` }));
  } finally {
    await world.drive(client.close());
    await world.drive(world.close());
  }
}
