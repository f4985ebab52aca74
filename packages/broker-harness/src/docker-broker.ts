import { brokerProperties } from "./broker-properties.js";
import { freePorts } from "./free-ports.js";
import { BrokerUnavailableError } from "./unavailable.js";

const START_MS_MAX = 120_000;
const READY = /Kafka Server started/u;
// Where the image looks for a configuration of its user's.
const CONFIGURATION = "/mnt/shared/config/server.properties";

/** A broker in a container; testcontainers removes it even where this process is killed. */
export interface DockerBroker {
  readonly address: string;
  close(): Promise<void>;
}

/** Starts one broker through Docker. Throws BrokerUnavailableError where Docker does not answer. */
export async function startDockerBroker(image: string): Promise<DockerBroker> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import("testcontainers");
  let host: string;
  try {
    host = (await getContainerRuntimeClient()).info.containerRuntime.host;
  } catch {
    throw new BrokerUnavailableError("Docker does not answer");
  }
  const [client, internal, controller] = (await freePorts(3)) as [number, number, number];
  const local = `INTERNAL://127.0.0.1:${internal}`;
  const properties = brokerProperties({
    nodeId: 1,
    ports: [{ client, advertised: client, internal, controller }],
    folder: "/tmp/millrace",
    protocol: "PLAINTEXT",
    keyStore: undefined,
    properties: {
      listeners: `CLIENT://:${client},${local},CONTROLLER://127.0.0.1:${controller}`,
      "advertised.listeners": `CLIENT://${host}:${client},${local}`,
    },
  });
  const container = await new GenericContainer(image)
    .withExposedPorts({ container: client, host: client })
    .withCopyContentToContainer([{ content: properties, target: CONFIGURATION }])
    .withWaitStrategy(Wait.forLogMessage(READY))
    .withStartupTimeout(START_MS_MAX)
    .start();
  return { address: `${host}:${client}`, close: async () => void (await container.stop()) };
}
