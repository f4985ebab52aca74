// Runs beside a test run that has started brokers and outlives it by a moment: ends them and removes their folders when
// the run is gone, however that came about. The channel to the parent closes even when the parent is killed with -9.
import { rmSync } from "node:fs";

const pids = new Set();
const folders = new Set();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.on("message", ({ verb, pid, folder }) => {
  const kept = pid === undefined ? folders : pids;
  if (verb === "keep") kept.add(pid ?? folder);
  else kept.delete(pid ?? folder);
});
process.on("disconnect", () => {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
