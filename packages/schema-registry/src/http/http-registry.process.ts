import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const url = new URL("http-registry.ts", import.meta.url).href;
// Nothing listens at port 9.
const program = `
  import { httpRegistry } from ${JSON.stringify(url)};
  const registry = httpRegistry({ url: "http://127.0.0.1:9", retryForMs: 500 });
  await registry.subjects().catch((error) => console.log(error.code));`;

it("keeps a program alive that does nothing else while it tries again", async () => {
  const node = ["--conditions=millrace-source", "--import", "tsx", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, node);
  expect(stdout).toBe("MILLRACE_REGISTRY_UNAVAILABLE\n");
});
