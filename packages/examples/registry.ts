import { httpRegistry, inMemoryRegistry, type SchemaRegistry } from "@millrace/schema-registry";
import { Option } from "commander";
import { InvalidArgumentError } from "millrace";

/** `--registry URL`: the schema registry that goes with `--brokers`. */
export function registryOption(): Option {
  return new Option("--registry <url>", "the schema registry that goes with --brokers, with the path of its interface");
}

interface Addresses {
  readonly brokers?: readonly string[];
  readonly registry?: string;
}

const retryForMs = 5_000;

/**
 * The registry at `registry`; one in this process goes with a log in this process. Throws InvalidArgumentError, and what the
 * registry answers where it is none or not there: an app would wait for it.
 */
export async function connectToRegistry({ brokers, registry: url }: Addresses): Promise<SchemaRegistry> {
  if (url === undefined && brokers === undefined) return inMemoryRegistry();
  if (url === undefined)
    throw new InvalidArgumentError(
      "--brokers needs --registry URL: the schemas of what is in the topics outlive this process. " +
        "`npm run parts` starts a registry and says where it is.",
    );
  const registry = httpRegistry({ url, retryForMs });
  await registry.subjects();
  return registry;
}
