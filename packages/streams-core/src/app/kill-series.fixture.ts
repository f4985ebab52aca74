import type { ChildProcess } from "node:child_process";
import type { Cluster } from "@millrace/broker-harness";
import { sleep, systemScheduler, type Randomness } from "@millrace/kernel";
import type { ProcessFleet } from "./process-fleet.fixture.js";

/** How much a fleet has to go through. */
export interface KillSeriesOptions {
  readonly fleet: ProcessFleet;
  /** The cluster of this test alone. */
  readonly cluster: Cluster;
  /** Decides who is hit, when, and in which order. */
  readonly randomness: Randomness;
  readonly members: number;
  /** How often a member is killed and another one started in its place, with the state it left behind. */
  readonly kills: number;
  /** How often one of the brokers is killed, or stopped in order, and started again. */
  readonly restarts: number;
  /** How often a member is frozen beyond its session and then goes on. */
  readonly freezes: number;
  readonly sessionTimeoutMs: number;
  readonly onProgress: (line: string) => void;
}

type Blow = "kill" | "restart" | "freeze";

/** Longest pause between two blows: in some the fleet settles, in others it is hit while it rebalances or restores. */
const PAUSE_MS_MAX = 4_000;
const DOWN_MS_MAX = 2_000;
/** Records that must be committed now and then, so that a series is not one long rebalance. */
const PROGRESS_RECORDS = 200;
const PROGRESS_EVERY = 5;

/** Members that work under load while they, and their brokers, are killed. */
export class KillSeries {
  readonly #options: KillSeriesOptions;
  readonly #members: ChildProcess[];
  #restarting: Promise<void> = Promise.resolve();
  #freezing: Promise<void> = Promise.resolve();

  constructor(options: KillSeriesOptions) {
    this.#options = options;
    this.#members = [];
  }

  /** Starts the members, deals all blows, waits until everything sent is counted, and stops the members in order. */
  async run(): Promise<void> {
    const { fleet, members, onProgress } = this.#options;
    for (let slot = 0; slot < members; slot++) this.#members.push(this.#start(slot));
    fleet.load.start();
    await fleet.progress(PROGRESS_RECORDS);
    const blows = this.#blows();
    for (const [index, blow] of blows.entries()) {
      await sleep(systemScheduler, this.#upTo(PAUSE_MS_MAX));
      onProgress(`${index + 1} of ${blows.length}: ${blow}`);
      await this.#deal(blow);
      if (index % PROGRESS_EVERY === PROGRESS_EVERY - 1) await this.#settled();
    }
    await this.#settled();
    onProgress("all blows dealt");
    await fleet.drain();
    onProgress("all counted");
    for (const member of this.#members) await fleet.stop(member);
  }

  #start(slot: number): ChildProcess {
    return this.#options.fleet.start(`member-${slot}`);
  }

  /** All blows, shuffled. */
  #blows(): Blow[] {
    const { kills, restarts, freezes } = this.#options;
    const counts: Readonly<Record<Blow, number>> = { kill: kills, restart: restarts, freeze: freezes };
    const blows = Object.entries(counts).flatMap(([blow, count]) => new Array<Blow>(count).fill(blow as Blow));
    for (let last = blows.length - 1; last > 0; last--) {
      const other = this.#upTo(last + 1);
      [blows[last], blows[other]] = [blows[other]!, blows[last]!];
    }
    return blows;
  }

  async #deal(blow: Blow): Promise<void> {
    const slot = this.#upTo(this.#members.length);
    if (blow === "kill") {
      await this.#options.fleet.kill(this.#members[slot]!);
      this.#members[slot] = this.#start(slot);
    } else if (blow === "restart") {
      await this.#restarting;
      this.#restarting = this.#restart();
    } else {
      await this.#freezing;
      this.#freezing = this.#freeze(this.#members[slot]!);
    }
  }

  /** Members go on being killed meanwhile. */
  async #restart(): Promise<void> {
    const { fleet, cluster } = this.#options;
    const node = cluster.nodes[this.#upTo(cluster.nodes.length)]!;
    const downMs = this.#upTo(DOWN_MS_MAX);
    if (this.#options.randomness.fraction() < 0.7) await node.kill();
    else await node.stop();
    await sleep(systemScheduler, downMs);
    await node.start();
    await fleet.replicated();
  }

  /** Others go on being killed meanwhile, and perhaps this one. */
  async #freeze(member: ChildProcess): Promise<void> {
    member.kill("SIGSTOP");
    await sleep(systemScheduler, this.#options.sessionTimeoutMs * 2);
    member.kill("SIGCONT");
  }

  async #settled(): Promise<void> {
    await Promise.all([this.#restarting, this.#freezing]);
    await this.#options.fleet.progress(PROGRESS_RECORDS);
  }

  /** A whole number below `limit`. */
  #upTo(limit: number): number {
    return Math.floor(this.#options.randomness.fraction() * limit);
  }
}
