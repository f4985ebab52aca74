import { systemEnvironment } from "@millrace/kernel";
import { sendEveryRequest } from "./every-request.fixture.js";
import { kafka } from "./kafka.js";

/** Run as a process of its own, with brokers and a stem of names: it has to end by itself when its client is closed. */
const [brokers, stem] = process.argv.slice(2) as [string, string];
const client = kafka({ brokers: brokers.split(","), requestTimeoutMs: 5_000, apiTimeoutMs: 1_000 });
await sendEveryRequest(client, systemEnvironment(), stem).catch((error: unknown) => console.log(String(error)));
await client.close();
console.log("closed");
