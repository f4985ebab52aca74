// Preloaded by run.mjs into what it launches, which has a process group of its own: ends it when the launcher is gone,
// however that came about. The pipe on descriptor 3 closes even when the launcher is killed with -9.
import { Socket } from "node:net";
import { isMainThread } from "node:worker_threads";

const LAUNCHER_DESCRIPTOR = 3;

// Workers and forked children inherit the preload but not the pipe.
if (isMainThread && process.env.MILLRACE_LAUNCHER === String(process.ppid)) {
  const lifeline = new Socket({ fd: LAUNCHER_DESCRIPTOR, readable: true, writable: false });
  lifeline.on("error", () => {});
  lifeline.on("close", () => process.kill(process.pid, "SIGKILL"));
  lifeline.resume();
  lifeline.unref();
}
