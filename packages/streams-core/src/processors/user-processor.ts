import { InvalidArgumentError } from "../model/index.js";
import type { Processor, ProcessorSupplier } from "../model/index.js";

/** What users may give where a processor is wanted: a supplier, or a function that makes one. */
export type ProcessorFactory<KIn = unknown, VIn = unknown, KOut = unknown, VOut = unknown> =
  ProcessorSupplier<KIn, VIn, KOut, VOut> | (() => Processor<KIn, VIn, KOut, VOut>);

/**
 * A supplier of the user's as the engine keeps it. Asks for two instances at once and throws InvalidArgumentError if
 * they are the same one (P2): tasks must not share a processor.
 */
export function userProcessor<KIn, VIn, KOut, VOut>(
  factory: ProcessorFactory<KIn, VIn, KOut, VOut>,
): ProcessorSupplier<KIn, VIn, KOut, VOut> {
  const supplier = typeof factory === "function" ? { get: factory } : factory;
  requireNewInstances(supplier);
  return supplier;
}

/** Throws InvalidArgumentError for a supplier that hands out one instance twice, or none. */
export function requireNewInstances(supplier: { get(): unknown }): void {
  const first = supplier.get();
  if (typeof first !== "object" || first === null) {
    throw new InvalidArgumentError(
      "A processor supplier returned no processor. Return an object with a process() method.",
    );
  }
  if (first === supplier.get()) {
    throw new InvalidArgumentError(
      `A processor supplier returned the same ${first.constructor.name} twice. Make a new one on every call: each task needs its own.`,
    );
  }
}
