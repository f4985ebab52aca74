import { RetriableError } from "@millrace/kafka-client";
import type { Environment, Scheduler, Timer } from "@millrace/kernel";
import type { SimulationTrace } from "./simulation-trace.js";

/** What may go wrong between a process and the world. */
export interface ProcessFaults {
  /** Milliseconds that a request, or an answer, is on its way. */
  latencyMs(): number;
  /** True: this answer is lost, and the caller told to try again. */
  losesAnswer(): boolean;
  /** True: this request is not carried out, and the caller told to try again. */
  refuses(): boolean;
  /** By how much this request comes too late, its caller being told that it was lost; 0: it is in time. */
  lateMs(): number;
}

/** How a request travels. */
export interface RequestOptions {
  /** No time passes on the way: a poll, a callback, what is on the same machine. */
  readonly nearby?: boolean;
  /** The answer may be lost. */
  readonly lossy?: boolean;
  /** It may be refused. */
  readonly frail?: boolean;
  /** The request may come long after its caller has given it up: its connection broke, and it was on its way. */
  readonly late?: boolean;
  /** What a process without work does all the time. */
  readonly idle?: boolean;
}

/** A request at which a process is to crash: the `calls`-th from now, of one kind or of all that do not idle. */
export interface CrashPoint {
  readonly calls: number;
  /** Name of the method asked for; "state." before those of the state. Unset: any. */
  readonly what?: string;
  /** Before it is sent, or after it was carried out. */
  readonly when: "before" | "after";
}

/** Sends a request the way a script wants it: at once, later, or never. */
export type Interception = <T>(send: () => Promise<T>) => Promise<T>;

/** Turns take time, or whoever spins until a time would stop the clock. */
const TURNS_PER_MS = 20;

/**
 * The border of one operating system process. Timers, turns, requests and answers cross it only while the process
 * runs: they wait while it is paused, and are lost for good when it has crashed.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly environment: Environment;
  readonly #scheduler: Scheduler;
  readonly #trace: SimulationTrace;
  readonly #faults: ProcessFaults;
  #dead = false;
  #paused = false;
  #held: (() => void)[] = [];
  #turns = 0;
  #crashPoint: CrashPoint | null = null;
  #callsUntilCrash = 0;
  readonly #interceptions = new Map<string, Interception>();
  /** Called once, when the process has crashed. */
  onCrash: () => void = () => {};

  constructor(name: string, world: Environment, trace: SimulationTrace, faults: ProcessFaults) {
    this.name = name;
    this.#scheduler = world.scheduler;
    this.#trace = trace;
    this.#faults = faults;
    const scheduler: Scheduler = {
      after: (delayMs, callback) => this.#after(delayMs, callback),
      yield: () => new Promise((resolve) => this.#after(++this.#turns % TURNS_PER_MS === 0 ? 1 : 0, resolve)),
      hold: () => world.scheduler.hold(),
    };
    this.environment = { ...world, scheduler, logger: world.logger.with({ process: name }) };
  }

  get dead(): boolean {
    return this.#dead;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** As kill -9. */
  crash(where = ""): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#held = [];
    this.#trace.event(`${this.name} crashes${where}`);
    this.onCrash();
  }

  /** As SIGSTOP. */
  pause(): void {
    this.#paused = true;
    this.#trace.event(`${this.name} is paused`);
  }

  /** As SIGCONT: what came during the pause is let in now, in order. */
  resume(): void {
    if (!this.#paused || this.#dead) return;
    this.#paused = false;
    this.#trace.event(`${this.name} goes on`);
    this.#letIn();
  }

  /** Has it crash at a request to come; see {@link CrashPoint}. */
  crashAt(point: CrashPoint): void {
    this.#crashPoint = point;
    this.#callsUntilCrash = point.calls;
  }

  /** Calls off a crash that has not come yet. */
  disarm(): void {
    this.#crashPoint = null;
  }

  /** The next request of this name goes by way of `how`, called when the request is made. For scripts. */
  intercept(what: string, how: Interception): void {
    this.#interceptions.set(what, how);
  }

  /** Something from outside: runs now, after the pause, or never. */
  enter(run: () => void): void {
    if (this.#dead) return;
    if (this.#paused || this.#held.length > 0) this.#held.push(run);
    else run();
  }

  /** Something asked of the outside. The answer never comes to a process that has crashed. */
  request<T>(what: string, send: () => Promise<T>, options: RequestOptions = {}): Promise<T> {
    const interception = this.#dead ? undefined : this.#interceptions.get(what);
    if (interception === undefined) return this.#request(what, send, options);
    this.#interceptions.delete(what);
    this.#trace.event(`${this.name} ${what} is intercepted`);
    return interception(() => this.#request(what, send, options));
  }

  #request<T>(what: string, send: () => Promise<T>, options: RequestOptions): Promise<T> {
    const { nearby = false, lossy = false, idle = false, late = false, frail = false } = options;
    return new Promise<T>((resolve, reject) => {
      if (this.#dead) return;
      this.#trace.call(`${this.name} ${what}`);
      const crashes = !idle && this.#crashesAt(what);
      if (crashes && this.#crashPoint?.when === "before") return this.crash(` before ${what}`);
      const answered = (answer: () => void): void => {
        if (crashes && this.#crashPoint !== null) this.crash(` after ${what}`);
        else this.#travel(nearby, answer);
      };
      const refuse = (): void => reject(new RetriableError("The answer was lost. Try again."));
      if (frail && this.#faults.refuses()) return this.#travel(false, refuse);
      const lateMs = late ? this.#faults.lateMs() : 0;
      if (lateMs > 0) return this.#sendLate(what, send, lateMs, refuse);
      const give = lossy && this.#faults.losesAnswer() ? refuse : null;
      this.#travel(nearby, () => {
        send().then(
          (value) => answered(give ?? (() => resolve(value))),
          (error: unknown) => answered(give ?? (() => reject(error))),
        );
      });
    });
  }

  /** Once on its way, a request needs no process that waits for it. */
  #sendLate(what: string, send: () => Promise<unknown>, lateMs: number, refuse: () => void): void {
    this.#travel(false, refuse);
    this.#scheduler.after(lateMs, () => {
      this.#trace.event(`${what} of ${this.name} comes too late`);
      send().catch(() => undefined);
    });
  }

  /** In order, each in a task of its own: reports of a producer's batches must not overtake each other. */
  #letIn(): void {
    this.#scheduler.after(0, () => {
      if (this.#paused) return;
      const run = this.#held[0];
      run?.();
      this.#held.shift();
      if (this.#held.length > 0) this.#letIn();
    });
  }

  #crashesAt(what: string): boolean {
    const point = this.#crashPoint;
    if (point === null || (point.what !== undefined && point.what !== what)) return false;
    return --this.#callsUntilCrash === 0;
  }

  #travel(nearby: boolean, arrive: () => void): void {
    if (nearby) this.enter(arrive);
    else this.#after(this.#faults.latencyMs(), arrive);
  }

  #after(delayMs: number, callback: () => void): Timer {
    let cancelled = false;
    const fire = (): void => {
      if (!cancelled) callback();
    };
    const timer = this.#scheduler.after(delayMs, () => this.enter(fire));
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }
}
