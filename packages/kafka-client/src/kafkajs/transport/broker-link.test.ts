import { createServer, type AddressInfo, type Socket } from "node:net";
import { systemEnvironment } from "@millrace/kernel";
import { afterEach, describe, expect, it } from "vitest";
import { RetriableError } from "../../port/errors.js";
import { tp } from "../../port/topic-partition.js";
import { RecordBatchWriter, type RecordBatch } from "../../protocol/index.js";
import { heartbeatRequest } from "../../protocol/requests/heartbeat.js";
import { produceRequest } from "../../protocol/requests/produce.js";
import { RequestWriter } from "../../protocol/requests/writer.js";
import { connectionSettings, type ConnectionSettings } from "../kafka-options.js";
import { BrokerLink } from "./broker-link.js";
import { captureCluster } from "./capture-cluster.js";
import { FrameCutter } from "./frame-cutter.js";
import { frameSocket } from "./frame-socket.js";

const API_VERSIONS = 18;
const opened: { close(): unknown }[] = [];

afterEach(() => {
  for (const each of opened.splice(0).reverse()) each.close();
});

/** A broker that speaks every version, and answers each other request with what `answer` gives for its bytes; null: it hangs up. */
async function scripted(answer: (request: Buffer) => Buffer | null): Promise<BrokerLink> {
  const server = createServer((socket) => {
    const cutter = new FrameCutter((request) => respond(socket, request, answer));
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      for (let at = 0; at < data.length;) {
        const bytes = data.copy(cutter.room(), 0, at);
        at += bytes;
        cutter.advance(bytes);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(server);
  const { port } = server.address() as AddressInfo;
  const settings: ConnectionSettings = connectionSettings({ brokers: [`127.0.0.1:${port}`] });
  const cluster = captureCluster({
    brokers: [...settings.brokers],
    socketFactory: frameSocket,
    logCreator: () => () => undefined,
    connectionTimeout: 5_000,
    requestTimeout: 5_000,
  });
  const link = new BrokerLink(cluster, settings, { host: "127.0.0.1", port });
  opened.push(link);
  return link;
}

function respond(socket: Socket, request: Buffer, answer: (request: Buffer) => Buffer | null): void {
  const body = request.readInt16BE(4) === API_VERSIONS ? allVersions() : answer(request);
  if (body === null) return void socket.destroy();
  const header = Buffer.alloc(8);
  header.writeInt32BE(4 + body.length);
  request.copy(header, 4, 8, 12);
  socket.write(Buffer.concat([header, body]));
}

function allVersions(): Buffer {
  const writer = new RequestWriter().int16(0);
  const keys = Array.from({ length: 70 }, (_, key) => key);
  // ApiVersions itself at 0 alone: it is what kafkajs asks for then.
  writer.array(keys, (key) =>
    writer
      .int16(key)
      .int16(0)
      .int16(key === API_VERSIONS ? 0 : 20),
  );
  return writer.int32(0).bytes();
}

const heartbeat = () => heartbeatRequest({ groupId: "g", generation: 1, memberId: "m", instanceId: null });
const beat = (throttleMs: number) => new RequestWriter().int32(throttleMs).int16(0).bytes();

describe("a link to a broker", () => {
  it("pauses before the next request for as long as the broker asks, and keeps their order", async () => {
    const { clock } = systemEnvironment();
    const arrivals: number[] = [];
    const link = await scripted(() => beat(arrivals.push(clock.monotonicMs()) === 1 ? 80 : 0));
    const order: number[] = [];
    await link.send(heartbeat());
    await Promise.all([1, 2, 3].map((each) => link.send(heartbeat()).then(() => order.push(each))));
    expect(arrivals[1]! - arrivals[0]!).toBeGreaterThanOrEqual(79);
    expect(order).toEqual([1, 2, 3]);
  });

  it("ends a pause when it is closed", async () => {
    const link = await scripted(() => beat(20_000));
    await link.send(heartbeat());
    const waiting = link.send(heartbeat());
    link.close();
    await expect(waiting).rejects.toThrow(RetriableError);
  });

  it("sends the bytes of batches large and small as they would be in one piece", async () => {
    const requests: Buffer[] = [];
    const link = await scripted((request) => {
      requests.push(request);
      return new RequestWriter().int32(0).int32(0).bytes();
    });
    const batches = [1, 20_000, 5, 9_000].map((size, partition) => ({ tp: tp("t", partition), records: batch(size) }));
    const request = produceRequest({ transactionalId: null, timeoutMs: 1, batches });
    await link.send(request);
    const header = 4 + 2 + 2 + 4 + 2 + "millrace".length;
    expect(requests[0]!.subarray(header).equals(request.encode())).toBe(true);
  });

  it("connects anew after the broker hung up", async () => {
    let calls = 0;
    const link = await scripted(() => (++calls === 1 ? null : beat(0)));
    await expect(link.send(heartbeat())).rejects.toThrow(RetriableError);
    expect(await link.send(heartbeat())).toBe(0);
  });
});

function batch(valueBytes: number): RecordBatch {
  const writer = new RecordBatchWriter(100_000);
  writer.append(null, Buffer.alloc(valueBytes, valueBytes), 1, null);
  return writer.finish({ attributes: 0, producerId: -1, producerEpoch: -1, baseSequence: -1, checksum: true });
}
