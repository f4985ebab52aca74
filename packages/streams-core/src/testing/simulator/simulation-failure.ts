import { MillraceError } from "@millrace/kernel";

/** A simulation broke a promise. Its message has the seed that shows it again. */
export class SimulationFailure extends MillraceError {
  readonly code = "MILLRACE_SIMULATION_FAILED";
}
