import type {
  ErrorAnswer,
  ErrorContext,
  ErrorHandler,
  ErrorHandlers,
  ErrorVerdict,
  ProductionErrorContext,
  ProductionVerdict,
} from "../model/index.js";
import { failOnError } from "../model/index.js";

/** A handler as a function. */
export type Handling<C, V> = (context: C, error: unknown) => V | ErrorAnswer<V>;

/** What is to be done with records that fail, with nothing left out. */
export interface ErrorPolicy {
  readonly deserialization: Handling<ErrorContext, ErrorVerdict>;
  readonly processing: Handling<ErrorContext, ErrorVerdict>;
  readonly production: Handling<ProductionErrorContext, ProductionVerdict>;
  readonly deadLetterTopic: string | null;
  readonly processingOfGlobalStores: boolean;
}

/** What is left out fails, but for sends that may go well when tried again (KIP-1065). */
export function errorPolicy(handlers: ErrorHandlers = {}): ErrorPolicy {
  const { deserialization, processing, production, deadLetterTopic, processingOfGlobalStores } = handlers;
  return Object.freeze({
    deserialization: handling(deserialization ?? failOnError),
    processing: handling(processing ?? failOnError),
    production: handling(production ?? retryOrFail),
    deadLetterTopic: deadLetterTopic ?? null,
    processingOfGlobalStores: processingOfGlobalStores ?? false,
  });
}

const retryOrFail = ({ retriable }: ProductionErrorContext): ProductionVerdict => (retriable ? "retry" : "fail");

function handling<C extends ErrorContext, V>(handler: ErrorHandler<C, V>): Handling<C, V> {
  return typeof handler === "function" ? handler : (context, error) => handler.handle(context, error);
}
