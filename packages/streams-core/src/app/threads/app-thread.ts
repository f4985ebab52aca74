import { parentPort, workerData } from "node:worker_threads";
import type { KafkaClient } from "@millrace/kafka-client";
import { systemEnvironment } from "@millrace/kernel";
import { leveldbBackend } from "@millrace/state-stores";
import { StreamsApp } from "../streams-app.js";
import type { AppModule } from "./app-module.js";
import { AppModuleError, carriedError } from "./thread-errors.js";
import { ThreadQueries, ThreadQueryError } from "./thread-queries.js";
import type { ThreadData, ThreadReport, ThreadRequest } from "./thread-messages.js";

/** Runs in a thread of its own: an app made of what a module exports, told what to do by messages. */
async function main(data: ThreadData): Promise<void> {
  const module = await loadModule(data.module);
  const client = await module.client(data.settings);
  try {
    if (!client.capabilities.durable) {
      throw new AppModuleError(
        `The client that ${data.module} exports lives in the memory of one thread: no other thread would see its topics. ` +
          `Use a Kafka cluster, or run the topology with new StreamsApp() in one thread.`,
      );
    }
    await run(module, client, data);
  } finally {
    await client.close();
  }
}

async function run(module: AppModule, client: KafkaClient, data: ThreadData): Promise<void> {
  const { options, settings, stateDir, stateCacheBytes: cacheBytes, paused } = data;
  const topology = await module.topology(settings);
  const given = module.options?.(settings);
  const environment = systemEnvironment(given?.environment);
  const app = new StreamsApp(topology, {
    ...options,
    ...given,
    ...(stateDir === null ? {} : { stateBackend: () => leveldbBackend({ dir: stateDir, environment, cacheBytes }) }),
    environment,
    client,
  });
  let failure: unknown = null;
  app.onStateChange((state) => {
    report({ kind: "state", state, tasks: app.workers.flatMap(({ tasks }) => tasks) });
  });
  app.onError((error) => {
    if (app.state === "PENDING_ERROR") failure = error;
    else report({ kind: "error", error: carriedError(error) });
  });
  app.onRestore({
    onRestoreStart: (subject, first, second) =>
      report({ kind: "restore", step: "onRestoreStart", subject, first, second }),
    onRestoreBatch: (subject, first, second) =>
      report({ kind: "restore", step: "onRestoreBatch", subject, first, second }),
    onRestoreEnd: (subject, total, interrupted) => report({ kind: "restored", subject, total, interrupted }),
  });
  const ended = new Promise<void>((resolve) => {
    app.onStateChange((state) => {
      if (state === "NOT_RUNNING" || state === "ERROR") resolve();
    });
  });
  if (paused) app.pause();
  const globalStores = new Set(topology.physical().globalStores.map(({ builder }) => builder.name));
  listen(app, globalStores);
  // Its failure comes from onError.
  app.start().catch(() => undefined);
  await ended;
  await app.close();
  if (failure !== null) throw failure;
}

function listen(app: StreamsApp, globalStores: ReadonlySet<string>): void {
  const queries = new ThreadQueries(app);
  parentPort?.on("message", (request: ThreadRequest) => {
    switch (request.kind) {
      case "close":
        void app.close(request.groupMembership === null ? {} : { groupMembership: request.groupMembership });
        break;
      case "pause":
        app.pause();
        break;
      case "resume":
        app.resume();
        break;
      case "metrics":
        answer(request.id, async () => app.metrics());
        break;
      case "caught-up":
        answer(request.id, async () => {
          await app.caughtUp();
          return activity(app);
        });
        break;
      case "query":
        answer(request.id, async () => ({
          ...{ value: await queries.ask(request.call), isGlobal: globalStores.has(request.call.table.name) },
        }));
        break;
      case "rows":
        answer(request.id, async () => ({
          first: await queries.open(request.cursor, request.call),
          isGlobal: globalStores.has(request.call.table.name),
        }));
        break;
      case "next-rows":
        answer(request.id, () => queries.next(request.cursor));
        break;
      case "leave-rows":
        queries.leave(request.cursor);
        break;
      case "locate":
        answer(request.id, () => app.metadataForKey(request.table, request.key));
        break;
    }
  });
}

function activity(app: StreamsApp): number {
  let sum = 0;
  for (const { group, name, value } of app.metrics()) {
    if (group === "stream-task" ? name === "process-total" : name === "commit-total") sum += value;
  }
  return sum;
}

function answer(id: number, ask: () => Promise<unknown>): void {
  ask()
    .then((value) => report({ kind: "answer", id, value }))
    .catch((error: unknown) => report({ kind: "refusal", id, error: carriedError(uncloneable(error)) }));
}

function uncloneable(error: unknown): unknown {
  if (!(error instanceof DOMException) || error.name !== "DataCloneError") return error;
  return new ThreadQueryError(
    `What a store has cannot cross to another thread: ${error.message} Read it in the module that the threads run, or make it plain data.`,
    { cause: error },
  );
}

async function loadModule(url: string): Promise<AppModule> {
  const module = await importModule(url);
  for (const name of ["topology", "client"] as const) {
    if (typeof module[name] === "function") continue;
    throw new AppModuleError(`${url} exports no function "${name}". Export topology() and client(), see AppModule.`);
  }
  if (module.options !== undefined && typeof module.options !== "function") {
    throw new AppModuleError(`${url} exports "options", but it is no function. Make it one that gives the options.`);
  }
  return module as AppModule;
}

async function importModule(url: string): Promise<Partial<Record<keyof AppModule, unknown>>> {
  try {
    return (await import(url)) as Partial<Record<keyof AppModule, unknown>>;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_UNKNOWN_FILE_EXTENSION") throw cause;
    throw new AppModuleError(
      `Node cannot read ${url} in a thread. Compile it, or name a loader for it in the option execArgv.`,
      { cause },
    );
  }
}

function report(message: ThreadReport): void {
  parentPort?.postMessage(message);
}

main(workerData as ThreadData)
  .then(
    () => report({ kind: "ended", error: null }),
    (error: unknown) => report({ kind: "ended", error: carriedError(error) }),
  )
  // Nothing else keeps the thread.
  .finally(() => parentPort?.close());
