import { systemScheduler } from "@millrace/kernel";

/** What a process holds at one moment. */
export interface ResourceSample {
  /** Since the process started. */
  readonly atMs: number;
  readonly rssBytes: number;
  /** After a collection. */
  readonly heapBytes: number;
  /** Memory outside the heap that buffers take. */
  readonly bufferBytes: number;
  /** Timers, sockets and requests that are under way, by kind. */
  readonly handles: Readonly<Record<string, number>>;
  /** Of the process and of every handle that is open. */
  readonly listeners: number;
}

/** Node tells nothing else about the sockets that are open. */
interface HandleOwner {
  _getActiveHandles(): readonly NodeJS.EventEmitter[];
}

/** Prints a sample every `intervalMs`, a JSON object a line. Needs `--expose-gc`. */
export function reportResources(intervalMs: number): void {
  const report = () => {
    process.stdout.write(`${JSON.stringify(sample())}\n`);
    systemScheduler.after(intervalMs, report);
  };
  systemScheduler.after(intervalMs, report);
}

function sample(): ResourceSample {
  (globalThis as { gc?: () => void }).gc!();
  const { rss, heapUsed, external } = process.memoryUsage();
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  const emitters = [process, ...(process as unknown as HandleOwner)._getActiveHandles()];
  return {
    atMs: performance.now(),
    rssBytes: rss,
    heapBytes: heapUsed,
    bufferBytes: external,
    handles,
    listeners: emitters.reduce((sum, emitter) => sum + countListeners(emitter), 0),
  };
}

function countListeners(emitter: NodeJS.EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}
