/** Something a broker needs is not on this machine; the message says what, in half a sentence. */
export class BrokerUnavailableError extends Error {}
