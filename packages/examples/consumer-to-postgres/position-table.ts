import type { IncomingRecord } from "millrace";
import { Pool } from "pg";

/** Two members that create the same table at the same time would fail: they take turns by this lock. */
const createTable = `
  select pg_advisory_xact_lock(20261121);
  create table if not exists courier_positions (
    cluster_id text not null,
    topic      text not null,
    partition  int not null,
    "offset"   bigint not null,
    courier_id text not null,
    primary key (cluster_id, topic, partition, "offset")
  )`;

const insertRows = `
  insert into courier_positions (cluster_id, topic, partition, "offset", courier_id)
  select $1, * from unnest($2::text[], $3::int[], $4::bigint[], $5::text[])
  on conflict do nothing`;

/**
 * The table of records. A record's place in the cluster is its primary key: written again, after a crash or a rebalance, it
 * changes nothing. Offsets begin anew in another cluster, so the cluster is part of the key.
 */
export class PositionTable {
  readonly #pool: Pool;
  readonly #clusterId: string;

  private constructor(pool: Pool, clusterId: string) {
    this.#pool = pool;
    this.#clusterId = clusterId;
  }

  static async open(databaseUrl: string, clusterId: string): Promise<PositionTable> {
    const pool = new Pool({ connectionString: databaseUrl });
    // Of a connection nobody uses at the moment: the next query says what is wrong.
    pool.on("error", () => undefined);
    await pool.query(createTable);
    return new PositionTable(pool, clusterId);
  }

  /** Gives how many of the records were not in the table yet. */
  async write(records: readonly IncomingRecord[]): Promise<number> {
    const { rowCount } = await this.#pool.query(insertRows, [
      this.#clusterId,
      records.map(({ topic }) => topic),
      records.map(({ partition }) => partition),
      records.map(({ offset }) => offset),
      records.map(({ key }) => String(key)),
    ]);
    return rowCount ?? 0;
  }

  /** All rows of this cluster, in order of partition and offset. */
  async rows(): Promise<readonly PositionRow[]> {
    const { rows } = await this.#pool.query<PositionRow>(
      `select partition, "offset"::float8, courier_id as "courierId" from courier_positions
       where cluster_id = $1 order by partition, "offset"`,
      [this.#clusterId],
    );
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }
}

export interface PositionRow {
  readonly partition: number;
  readonly offset: number;
  readonly courierId: string;
}
