import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { systemEnvironment } from "@millrace/kernel";
import { RecordingLogger } from "@millrace/kernel/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AuthorizationError, FatalClientError, RetriableError } from "../../port/errors.js";
import { connectionSettings, type KafkaOptions } from "../kafka-options.js";
import { KafkajsTransport } from "./kafkajs-transport.js";
import { RequestVersionError } from "./required-versions.js";

const opened: { close(): unknown }[] = [];

function transport(options: KafkaOptions): KafkajsTransport {
  const made = new KafkajsTransport(connectionSettings(options));
  opened.push(made);
  return made;
}

/** Ends of connections that this process holds open. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap" || kind === "TCPWRAP").length;
}

async function listening(onConnection: (socket: Socket) => void): Promise<string> {
  // One that does not read never sees the other end go.
  const server: Server = createServer((socket) => onConnection(socket.resume()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A broker that answers every request as ApiVersions version 2, offering up to `maxVersion` of each request from Produce to SyncGroup. */
function speaking(maxVersion: number): (socket: Socket) => void {
  return (socket) =>
    socket.on("data", (request) => {
      const keys = Array.from({ length: 19 }, (_, key) => key);
      const answer = Buffer.alloc(18 + keys.length * 6);
      answer.writeInt32BE(answer.length - 4, 0);
      request.copy(answer, 4, 8, 12); // the correlation id
      answer.writeInt32BE(keys.length, 10);
      for (const key of keys) {
        answer.writeInt16BE(key, 14 + key * 6);
        answer.writeInt16BE(maxVersion, 18 + key * 6);
      }
      socket.write(answer);
    });
}

afterEach(async () => {
  for (const made of opened.splice(0)) await made.close();
});

describe("a transport without a broker", () => {
  it("gives up with RetriableError when nobody answers in time", async () => {
    const made = transport({ brokers: ["127.0.0.1:1"], apiTimeoutMs: 300 });
    await expect(made.open()).rejects.toThrow(RetriableError);
  });

  it("warns once, not at each try, that nobody answers", async () => {
    const logger = new RecordingLogger();
    const environment = systemEnvironment({ logger });
    const made = transport({ brokers: ["127.0.0.1:1"], apiTimeoutMs: 300, environment });
    await expect(made.open()).rejects.toThrow(RetriableError);
    expect(logger.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Waiting for a cluster\. None of the brokers 127\.0\.0\.1:1 can be reached\./u),
    ]);
  });

  it("stops trying when it is closed", async () => {
    const made = transport({ brokers: ["127.0.0.1:1"] });
    const opening = made.open();
    opening.catch(() => undefined);
    await made.close();
    await expect(opening).rejects.toThrow(RetriableError);
  });

  it("ends a request that is never answered when it is closed", async () => {
    let connect = (): void => undefined;
    const connected = new Promise<void>((resolve) => (connect = resolve));
    const made = transport({ brokers: [await listening(() => connect())] });
    const opening = made.open();
    opening.catch(() => undefined);
    await connected;
    await made.close();
    await expect(opening).rejects.toThrow(RetriableError);
  });

  it("calls an answer that is not TLS a matter of authorization", async () => {
    const plain = await listening((socket) => {
      socket.on("error", () => undefined);
      socket.end("this is not TLS");
    });
    await expect(transport({ brokers: [plain], ssl: true }).open()).rejects.toThrow(AuthorizationError);
  });

  it("names the request a broker is too old for, at the start and once", async () => {
    let connections = 0;
    const old = await listening((socket) => {
      connections++;
      speaking(6)(socket);
    });
    await expect(transport({ brokers: [old] }).open()).rejects.toThrow(
      new RequestVersionError(
        `The broker ${old} speaks Produce in versions 0 to 6, and this client needs version 8. ` +
          "Use Apache Kafka 2.8 to 4.x, or a newer Millrace.",
      ),
    );
    expect(connections).toBe(1);
  });

  it("leaves no socket when it is closed at once", async () => {
    for (let turns = 0; turns < 30; turns++) {
      const closed = transport({ brokers: [await listening(speaking(12))] });
      const opening = closed.open();
      opening.catch(() => undefined);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await closed.close();
      await expect(opening).rejects.toThrow(RetriableError);
    }
    await vi.waitFor(() => expect(openSockets()).toBe(0));
  });

  it("refuses an address without a port", () => {
    expect(() => transport({ brokers: ["localhost"] })).toThrow(FatalClientError);
  });
});
