import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { AuthorizationError, FatalClientError, RetriableError } from "../../port/errors.js";
import { connectionSettings, type KafkaOptions } from "../kafka-options.js";
import { KafkajsTransport } from "./kafkajs-transport.js";

const opened: { close(): unknown }[] = [];

function transport(options: KafkaOptions): KafkajsTransport {
  const made = new KafkajsTransport(connectionSettings(options));
  opened.push(made);
  return made;
}

async function listening(onConnection: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer(onConnection);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  for (const made of opened.splice(0)) await made.close();
});

describe("a transport without a broker", () => {
  it("gives up with RetriableError when nobody answers in time", async () => {
    const made = transport({ brokers: ["127.0.0.1:1"], apiTimeoutMs: 300 });
    await expect(made.open()).rejects.toThrow(RetriableError);
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

  it("refuses an address without a port", () => {
    expect(() => transport({ brokers: ["localhost"] })).toThrow(FatalClientError);
  });
});
