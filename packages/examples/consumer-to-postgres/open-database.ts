import { PostgresUnavailableError, startPostgres } from "@millrace/broker-harness";
import type { Command } from "commander";

interface Database extends AsyncDisposable {
  readonly url: string;
}

/**
 * The database at `url`. Without one, for a first look: the system's PostgreSQL in a temporary folder, or one through Docker, that
 * ends with this process. A program of your own needs nothing of this file.
 */
export async function openDatabase(url: string | undefined, command: Command): Promise<Database> {
  if (url !== undefined) return { url, [Symbol.asyncDispose]: async () => undefined };
  try {
    return await startPostgres();
  } catch (error) {
    if (error instanceof PostgresUnavailableError) command.error(error.message);
    throw error;
  }
}
