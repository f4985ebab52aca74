/** The scenario says something the format does not know: a mistake in the vectors or in the interpreter. */
export class MalformedScenarioError extends Error {
  override readonly name = "MalformedScenarioError";
}
