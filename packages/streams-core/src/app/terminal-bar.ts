import type { WriteStream } from "node:tty";

/** A line on a terminal that says how far something is. */
export interface ProgressBar {
  update(done: number, total: number, details: string): void;
  /** Takes the line away. */
  stop(): void;
}

/** Null where `stream` is no terminal: nothing is loaded then. */
export async function openTerminalBar(
  title: string,
  stream: Pick<WriteStream, "isTTY"> & NodeJS.WritableStream,
): Promise<ProgressBar | null> {
  if (!stream.isTTY) return null;
  const { default: progress } = await import("cli-progress");
  const bar = new progress.SingleBar(
    {
      format: `${title} {bar} {percentage} % | {details}`,
      stream,
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: false,
    },
    progress.Presets.shades_classic,
  );
  bar.start(1, 0, { details: "" });
  return {
    update: (done, total, details) => {
      bar.setTotal(Math.max(1, total));
      bar.update(done, { details });
    },
    stop: () => bar.stop(),
  };
}
