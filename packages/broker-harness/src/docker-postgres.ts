const IMAGE = "postgres:17-alpine";
const PORT = 5432;

/** Starts PostgreSQL in a container; undefined where Docker does not answer. */
export async function startDockerPostgres(
  port: number,
): Promise<{ readonly url: string; readonly close: () => Promise<void> } | undefined> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import("testcontainers");
  try {
    await getContainerRuntimeClient();
  } catch {
    return undefined;
  }
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ POSTGRES_USER: "millrace", POSTGRES_PASSWORD: "millrace", POSTGRES_DB: "postgres" })
    .withExposedPorts({ container: PORT, host: port })
    // It says so once for its set-up, and once for good.
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/u, 2))
    .start();
  const url = `postgresql://millrace:millrace@${container.getHost()}:${port}/postgres`;
  return { url, close: async () => void (await container.stop()) };
}
