import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = `
  import { embedded } from "@millrace/kafka-client";
  import { StreamsApp, StreamsBuilder, serdes } from "@millrace/streams-core";
  const client = embedded();
  await client.admin().createTopics([{ name: "in", partitions: 1 }, { name: "out", partitions: 1 }]);
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.stream("in").to("out");
  const app = new StreamsApp(builder.build(), { applicationId: "app", client, handleSignals: true });
  app.onStateChange((state) => console.log(state));
  await app.start();
`;

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s closes the app and then ends the process as if nobody had listened",
  async (signal) => {
    const child = spawn(
      process.execPath,
      ["--conditions=millrace-source", "--import", "tsx", "--input-type=module", "--eval", program],
      { cwd: fileURLToPath(new URL("../..", import.meta.url)), stdio: ["ignore", "pipe", "inherit"] },
    );
    let output = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => {
      if (!output.includes("RUNNING") && (output + text).includes("RUNNING")) child.kill(signal);
      output += text;
    });
    const [code, killedBy] = (await once(child, "close")) as [number | null, string | null];
    expect([code, killedBy]).toEqual([null, signal]);
    expect(output.trim().split("\n")).toEqual(["REBALANCING", "RUNNING", "PENDING_SHUTDOWN", "NOT_RUNNING"]);
  },
);
