/** What clients have to speak to a broker. */
export type ClientProtocol = "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";

/** The one user that SASL listeners know. */
export const USER = { username: "millrace", password: "millrace-secret" };

/** Where one node listens. */
export interface NodePorts {
  readonly client: number;
  /** Where clients are told to go: to `client`, or to what stands before it. */
  readonly advertised: number;
  readonly internal: number;
  readonly controller: number;
}

export interface NodeSettings {
  readonly nodeId: number;
  readonly ports: readonly NodePorts[];
  readonly folder: string;
  readonly protocol: ClientProtocol;
  readonly keyStore: { readonly file: string; readonly password: string } | undefined;
  readonly properties: Readonly<Record<string, string>>;
}

/** The lines of a node's `server.properties`: a broker and controller in one, made for tests. */
export function brokerProperties(settings: NodeSettings): string {
  const all = {
    ...addresses(settings),
    ...replication(settings.ports.length),
    ...haste,
    ...security(settings),
    "log.dirs": settings.folder,
    ...settings.properties,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

function addresses({ nodeId, ports, protocol }: NodeSettings): Record<string, string> {
  const own = ports[nodeId - 1]!;
  const at = (name: string, port: number) => `${name}://127.0.0.1:${port}`;
  const internal = at("INTERNAL", own.internal);
  return {
    "process.roles": "broker,controller",
    "node.id": String(nodeId),
    "controller.quorum.voters": ports.map((one, index) => `${index + 1}@127.0.0.1:${one.controller}`).join(","),
    listeners: [at("CLIENT", own.client), internal, at("CONTROLLER", own.controller)].join(","),
    "advertised.listeners": [at("CLIENT", own.advertised), internal].join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "INTERNAL",
    "listener.security.protocol.map": `CLIENT:${protocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
  };
}

function replication(brokers: number): Record<string, string> {
  const factor = String(Math.min(brokers, 3));
  const inSync = brokers >= 3 ? "2" : "1";
  return {
    "default.replication.factor": factor,
    "min.insync.replicas": inSync,
    "offsets.topic.replication.factor": factor,
    "transaction.state.log.replication.factor": factor,
    "transaction.state.log.min.isr": inSync,
    "share.coordinator.state.topic.replication.factor": factor,
    "share.coordinator.state.topic.min.isr": inSync,
  };
}

/** A test cannot wait for what clusters leave time for; and what it writes with an old timestamp must stay. */
const haste: Readonly<Record<string, string>> = {
  "auto.create.topics.enable": "false",
  "num.partitions": "1",
  "offsets.topic.num.partitions": "3",
  "transaction.state.log.num.partitions": "3",
  "group.initial.rebalance.delay.ms": "0",
  "group.min.session.timeout.ms": "1000",
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
  "broker.heartbeat.interval.ms": "500",
  "broker.session.timeout.ms": "4000",
  "log.retention.ms": "-1",
  "log.retention.check.interval.ms": "5000",
  "log.initial.task.delay.ms": "1000",
  "log.cleaner.backoff.ms": "300",
  "log.cleaner.dedupe.buffer.size": "16777216",
  "num.network.threads": "2",
  "num.io.threads": "4",
};

function security({ protocol, keyStore }: NodeSettings): Record<string, string> {
  const client = "listener.name.client";
  const login = "org.apache.kafka.common.security";
  const users = `user_${USER.username}="${USER.password}"`;
  return {
    ...(protocol.startsWith("SASL") && {
      [`${client}.sasl.enabled.mechanisms`]: "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
      [`${client}.plain.sasl.jaas.config`]: `${login}.plain.PlainLoginModule required ${users};`,
      [`${client}.scram-sha-256.sasl.jaas.config`]: `${login}.scram.ScramLoginModule required;`,
      [`${client}.scram-sha-512.sasl.jaas.config`]: `${login}.scram.ScramLoginModule required;`,
    }),
    ...(keyStore !== undefined && {
      [`${client}.ssl.keystore.type`]: "PKCS12",
      [`${client}.ssl.keystore.location`]: keyStore.file,
      [`${client}.ssl.keystore.password`]: keyStore.password,
    }),
  };
}
