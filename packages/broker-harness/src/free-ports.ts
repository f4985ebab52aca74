import { once } from "node:events";
import { createServer } from "node:net";
import { systemRandomness } from "@millrace/kernel";

// Below the ports systems hand out to outgoing connections: a client that knocks at a dead broker's port of that range
// may get the very port as its own end, and the broker cannot come back.
const LOWEST_PORT = 15_000;
const HIGHEST_PORT = 32_000;

/** So many different ports of 127.0.0.1 on which nothing listens now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = LOWEST_PORT + Math.floor(systemRandomness.fraction() * (HIGHEST_PORT - LOWEST_PORT));
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

/** `port` where nothing listens there now; else another one. */
export async function freePortLike(port: number): Promise<number> {
  return (await isFree(port)) ? port : (await freePorts(1))[0]!;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
