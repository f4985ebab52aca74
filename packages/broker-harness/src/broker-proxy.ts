import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { FrameCutter } from "./frame-cutter.js";

/** What befalls a request: it never arrives, its answer gets lost, or nothing is heard of it while the connection stays. */
export type Mishap = "request lost" | "answer lost" | "no answer";

interface Plan {
  readonly apiKey: number;
  readonly mishap: Mishap;
  readonly happened: () => void;
}

/** Stands between clients and one broker, reads the frames that pass, and lets accidents happen to the next request of a kind. */
export class BrokerProxy {
  readonly #broker: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #plans: Plan[] = [];
  #silent = false;

  private constructor(broker: number) {
    this.#broker = broker;
    this.#server = createServer((client) => this.#join(client));
  }

  /** Listens on `port` for the broker on port `broker`, both on 127.0.0.1. */
  static async start(port: number, broker: number): Promise<BrokerProxy> {
    const proxy = new BrokerProxy(broker);
    proxy.#server.listen(port, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** Connections of clients that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Has `mishap` befall the next request with this API key; resolves when it has. */
  next(apiKey: number, mishap: Mishap): Promise<void> {
    return new Promise((happened) => this.#plans.push({ apiKey, mishap, happened }));
  }

  /** From now on nothing passes in either direction, though connections open and stay open; what is sent meanwhile is lost. */
  silence(): void {
    this.#silent = true;
  }

  /** Ends the silence, and cuts the connections on which something was lost. */
  speak(): void {
    this.#silent = false;
    this.cut();
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  #join(client: Socket): void {
    const broker = connect(this.#broker, "127.0.0.1");
    const cut = (): void => {
      this.#sockets.delete(client);
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) socket.setNoDelay(true).on("error", cut).on("close", cut);
    this.#sockets.add(client);
    /** What is to happen to each answer that is due, in order. */
    const answers: (Plan | undefined)[] = [];
    const requests = new FrameCutter((frame) => {
      const plan = this.#planOf(frame.readInt16BE(4));
      if (plan?.mishap === "request lost") {
        plan.happened();
        cut();
      } else if (!this.#silent) {
        answers.push(plan);
        broker.write(frame);
      }
    });
    const replies = new FrameCutter((frame) => {
      const plan = answers.shift();
      if (this.#silent) return;
      if (plan === undefined) client.write(frame);
      else {
        plan.happened();
        if (plan.mishap === "answer lost") cut();
      }
    });
    client.on("data", (bytes) => requests.take(bytes));
    broker.on("data", (bytes) => replies.take(bytes));
  }

  #planOf(apiKey: number): Plan | undefined {
    const plan = this.#plans.find((each) => each.apiKey === apiKey);
    if (plan !== undefined) this.#plans = this.#plans.filter((each) => each !== plan);
    return plan;
  }
}
