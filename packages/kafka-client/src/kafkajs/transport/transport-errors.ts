import { AuthorizationError, ClientError, RetriableError } from "../../port/errors.js";

const AUTHENTICATION = new Set(["KafkaJSSASLAuthenticationError", "KafkaJSNotImplemented"]);
/** What node's TLS says of a certificate it does not accept; a broken connection has other codes. */
const TLS = /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_|EPROTO)/u;

/** What went wrong between us and a broker, typed: refused credentials, or a connection that may come back. */
export function transportError(error: unknown, what: string): ClientError {
  if (error instanceof ClientError) return error;
  const { name, message, code } = describe(error);
  const options = { cause: error };
  if (AUTHENTICATION.has(name)) {
    return new AuthorizationError(`${what} failed: ${message}. Check the option sasl and the user's rights.`, options);
  }
  if (TLS.test(code) || TLS.test(message)) {
    return new AuthorizationError(
      `${what} failed: ${message}. Check the option ssl and the brokers' certificates.`,
      options,
    );
  }
  return new RetriableError(`${what} failed: ${message}. It may go well when tried again.`, options);
}

function describe(error: unknown): { name: string; message: string; code: string } {
  if (!(error instanceof Error)) return { name: "", message: String(error), code: "" };
  const { code } = error as { code?: unknown };
  return { name: error.name, message: error.message, code: typeof code === "string" ? code : "" };
}
