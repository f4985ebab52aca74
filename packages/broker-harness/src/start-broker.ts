import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brokerCommand, BrokerNode } from "./broker-node.js";
import { BrokerProxy } from "./broker-proxy.js";
import { brokerProperties, USER, type ClientProtocol, type NodePorts } from "./broker-properties.js";
import { makeCertificate, type Certificate } from "./certificate.js";
import { classArchive } from "./class-archive.js";
import { freePorts } from "./free-ports.js";
import { jarsOf } from "./java-project.js";
import { javaTool, runTool } from "./java-tools.js";
import { keep, release } from "./keeper.js";

/** The Maven project whose jars are a broker. */
const BROKER_PROJECT = fileURLToPath(new URL("../java/broker", import.meta.url));
/** What runs: the version that the variable MILLRACE_KAFKA_VERSION names, else this one. */
export const KAFKA_VERSION = process.env["MILLRACE_KAFKA_VERSION"] ?? "4.3.1";

const QUICK_START = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/** What a test may ask of its own cluster. */
export interface ClusterOptions {
  /** How many nodes, each broker and controller in one. 1 without it. With 3, topics have 3 replicas and need 2 in sync. */
  readonly brokers?: number;
  /** Clients log in, by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, as {@link Cluster.user}. */
  readonly sasl?: boolean;
  /** Clients speak TLS and trust {@link Cluster.certificate}. */
  readonly tls?: boolean;
  /** Lines of `server.properties`, over those the harness writes. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Where clients reach the first node; free ports without it. Not with `proxied`. */
  readonly port?: number;
  /** Heap of each JVM. 256 without it. */
  readonly heapMb?: number;
  /** Clients reach each node through a {@link BrokerNode.proxy}, which can lose what passes. Not for SASL or TLS. */
  readonly proxied?: boolean;
  /** Compiles as production does: slower to start, faster to run. For benchmarks. */
  readonly forSpeed?: boolean;
}

/** A real cluster that belongs to one test. It ends with the process that started it, whatever becomes of that. */
export interface Cluster extends AsyncDisposable {
  /** `host:port` of each node. */
  readonly brokers: readonly string[];
  /** The nodes in order of their ids, which start at 1. */
  readonly nodes: readonly BrokerNode[];
  /** Who may log in; undefined without SASL. */
  readonly user: { readonly username: string; readonly password: string } | undefined;
  /** In PEM, what clients trust; undefined without TLS. */
  readonly certificate: string | undefined;
  /** What all nodes printed: for the message of a failing test. */
  log(): string;
  /** Ends all nodes and removes their data. */
  close(): Promise<void>;
}

/** Starts a cluster and waits until it serves clients. Throws BrokerUnavailableError where Java or Maven is missing. */
export async function startBroker(options: ClusterOptions = {}): Promise<Cluster> {
  return startNodes(options, await brokerJava());
}

/** What a broker runs with. */
interface BrokerJava {
  /** A folder. */
  readonly jars: string;
  /** Of the JVM, for nodes and for the tool that prepares their folders. */
  readonly flags: { readonly node: readonly string[]; readonly tool: readonly string[] };
}

/**
 * Fetches what brokers run with and makes what lets them start quickly, both the first time only. Throws
 * BrokerUnavailableError where Java or Maven is missing.
 */
export async function brokerJava(): Promise<BrokerJava> {
  const jars = await jarsOf(BROKER_PROJECT, { "kafka.version": KAFKA_VERSION });
  let archive = await classArchive(jars, "broker");
  if (!archive.exists) {
    await using cluster = await startNodes({}, { jars, flags: { node: archive.flags, tool: [] } });
    archive.ended(await cluster.nodes[0]!.stop());
    archive = await classArchive(jars, "broker");
  }
  const flags = archive.exists ? archive.flags : [];
  return { jars, flags: { node: flags, tool: flags } };
}

async function startNodes(options: ClusterOptions, java: BrokerJava): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-broker-"));
  keep({ folder });
  const removeFolder = () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    release({ folder });
  };
  let nodes: readonly BrokerNode[] = [];
  const close = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await Promise.all(nodes.map(async (node) => node.proxy?.close()));
    removeFolder();
  };
  try {
    const certificate = options.tls === true ? await makeCertificate(folder) : undefined;
    nodes = await formatNodes(java, folder, options, certificate);
    await Promise.all(nodes.map((node) => node.start()));
    return {
      brokers: nodes.map((node) => node.address),
      nodes,
      user: options.sasl === true ? USER : undefined,
      certificate: certificate?.pem,
      log: () => nodes.map((node) => `--- broker ${node.id}\n${node.log()}`).join("\n"),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function formatNodes(
  { jars, flags }: BrokerJava,
  folder: string,
  options: ClusterOptions,
  certificate: Certificate | undefined,
): Promise<readonly BrokerNode[]> {
  const ports = await choosePorts(options);
  const clusterId = randomBytes(16).toString("base64url");
  const format = ["format", `--cluster-id=${clusterId}`, ...(options.sasl === true ? scramUsers() : [])];
  return Promise.all(
    ports.map(async ({ client, advertised }, index) => {
      const nodeFolder = join(folder, `node-${index + 1}`);
      mkdirSync(nodeFolder);
      const file = join(nodeFolder, "server.properties");
      const settings = { nodeId: index + 1, ports, folder: join(nodeFolder, "data"), protocol: protocolOf(options) };
      const properties = options.properties ?? {};
      writeFileSync(file, brokerProperties({ ...settings, properties, keyStore: certificate?.keyStore }));
      const tool = [...QUICK_START, ...flags.tool, "-cp", join(jars, "*"), "kafka.tools.StorageTool"];
      await runTool(javaTool("java"), [...tool, ...format, "--config", file]);
      const jvm = [
        `-Xmx${options.heapMb ?? 256}m`,
        ...(options.forSpeed === true ? [] : [...QUICK_START, ...flags.node]),
      ];
      const proxy = advertised === client ? undefined : await BrokerProxy.start(advertised, client);
      return new BrokerNode(index + 1, `127.0.0.1:${advertised}`, brokerCommand(jars, file, jvm), proxy);
    }),
  );
}

async function choosePorts({ brokers = 1, proxied = false, port }: ClusterOptions): Promise<NodePorts[]> {
  const ports = await freePorts(brokers * 4);
  if (port !== undefined) ports[0] = port;
  return Array.from({ length: brokers }, (_, index) => ({
    client: ports[index * 4]!,
    internal: ports[index * 4 + 1]!,
    controller: ports[index * 4 + 2]!,
    advertised: ports[proxied ? index * 4 + 3 : index * 4]!,
  }));
}

function protocolOf({ sasl, tls }: ClusterOptions): ClientProtocol {
  if (sasl === true) return tls === true ? "SASL_SSL" : "SASL_PLAINTEXT";
  return tls === true ? "SSL" : "PLAINTEXT";
}

function scramUsers(): string[] {
  return ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
    "--add-scram",
    `${mechanism}=[name=${USER.username},password=${USER.password}]`,
  ]);
}
