/** Something a broker needs is not on this machine; the message says what, in half a sentence. */
export class BrokerUnavailableError extends Error {}

/** There is no PostgreSQL on this machine; the message is one line and says how to get one. */
export class PostgresUnavailableError extends Error {}
