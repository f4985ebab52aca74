import { FatalClientError } from "../../port/errors.js";

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, or `[v6]:port`. Throws FatalClientError for anything else. */
export function parseBrokerAddress(text: string): BrokerAddress {
  const match = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[^:\s/]+)):(?<port>\d{1,5})$/iu.exec(text.trim());
  const host = match?.groups?.["v6"] ?? match?.groups?.["name"];
  const port = Number(match?.groups?.["port"]);
  if (host === undefined || port > 65_535) {
    throw new FatalClientError(`"${text}" is not the address of a broker. Write host:port, such as localhost:9092.`);
  }
  return { host, port };
}

export function sameAddress(one: BrokerAddress, other: BrokerAddress): boolean {
  return one.host === other.host && one.port === other.port;
}
