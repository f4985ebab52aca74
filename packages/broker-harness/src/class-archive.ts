import { createHash } from "node:crypto";
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { javaVersion } from "./java-tools.js";

/** Classes of a program as a JVM has loaded and checked them before: with it the program is up in half the time. */
export interface ClassArchive {
  /** False: the next run of the program, if it ends in order, makes it, or shows that this Java cannot. */
  readonly exists: boolean;
  /** For the JVM: to take classes from the archive, or to write one at its end where there is none yet. */
  readonly flags: readonly string[];
  /** To be told of a run that has ended: what it has written is put in place if it ended in order. */
  ended(inOrder: boolean): void;
}

/** What the JVM says of classes it leaves out would stand amid what the program prints. Some JVMs have no archives. */
const QUIETLY = ["-Xlog:disable", "-XX:+IgnoreUnrecognizedVMOptions"];

/** Beside its jars, one for each version of Java. A JVM that cannot use it does without. */
export async function classArchive(jars: string, program: string): Promise<ClassArchive> {
  const java = createHash("sha256")
    .update(await javaVersion())
    .digest("hex");
  const file = `${jars}-${program}-${java.slice(0, 12)}.jsa`;
  if (existsSync(file)) {
    const usable = statSync(file).size > 0;
    return { exists: true, flags: usable ? [`-XX:SharedArchiveFile=${file}`, ...QUIETLY] : [], ended: () => {} };
  }
  const draft = `${file}-${process.pid}-${Math.trunc(performance.now() * 1_000)}`;
  return {
    exists: false,
    flags: [`-XX:ArchiveClassesAtExit=${draft}`, ...QUIETLY],
    ended: (inOrder) => {
      // Where another one is in place by now, it is as good.
      if (inOrder && existsSync(draft)) renameSync(draft, file);
      else if (inOrder) writeFileSync(file, "");
      else rmSync(draft, { force: true });
    },
  };
}
