import {
  IncompatibleSchemaError,
  InvalidSchemaError,
  RegistryAuthorizationError,
  RegistryRefusedError,
  SchemaNotFoundError,
  type SchemaError,
} from "../errors.js";
import type { RegistryAnswer, RegistryRoute } from "./registry-client.js";

const NOT_FOUND = 404;
const CONFLICT = 409;
const UNPROCESSABLE = 422;
/** Confluent's own codes: a permanent delete of what was not deleted yet. */
const NOT_DELETED_YET = [40405, 40407];
const WRONG_LEVEL = 42203;
/** What these ask for need not be there before: only a wrong address is not found. */
const NEED_NOTHING: readonly RegistryRoute[] = ["subjects", "register"];
const WORTH_ANOTHER_TRY = [408, 425, 429];

/** Whether the same call may go better in a while: nothing came back, or the registry is busy or broken just now. */
export function isPassing({ status, error }: RegistryAnswer): boolean {
  return error !== null || status >= 500 || WORTH_ANOTHER_TRY.includes(status);
}

/** What registries in Java put before what they have to say. */
const CLASS_NAME = /^(?:[a-z]\w*\.)+\w+: /u;

/** What the registry says is wrong, as one line. */
export function messageOf({ status, data, error }: RegistryAnswer): string {
  if (error !== null) return error.message;
  const { message } = (typeof data === "object" && data !== null ? data : {}) as { message?: unknown };
  return typeof message === "string" ? message.replace(CLASS_NAME, "").replace(/\.+$/u, "") : `status ${status}`;
}

/** The typed error of an answer that is none. */
export function answerError(route: RegistryRoute, subject: string, answer: RegistryAnswer): SchemaError {
  const { status } = answer;
  const message = messageOf(answer);
  const code = (answer.data as { error_code?: unknown } | null)?.error_code;
  if (status === 401 || status === 403)
    return new RegistryAuthorizationError(
      `The schema registry refuses ${route}: ${message}. Give it credentials that may do that (\`basicAuth\`, \`bearerToken\`).`,
    );
  if (typeof code === "number" && NOT_DELETED_YET.includes(code))
    return new RegistryRefusedError(`${message}. Delete it plainly before deleting it for ever.`, CONFLICT);
  if (status === CONFLICT && route === "register") return new IncompatibleSchemaError(subject, [message]);
  if (status === UNPROCESSABLE && code !== WRONG_LEVEL)
    return new InvalidSchemaError(`The schema registry refuses the schema for ${subject}: ${message}.`);
  if (isMissing(route, status, code))
    return new SchemaNotFoundError(
      subject,
      `The schema registry has no such subject, version or schema under ${subject}: ${message}. Register it first.`,
    );
  return new RegistryRefusedError(
    `The schema registry answers ${route} with ${message}. Check the address, which includes the path of the interface.`,
    status,
  );
}

/** Whether what was asked for is not there. A 404 without a code is a page's: nobody speaks the interface there. */
function isMissing(route: RegistryRoute, status: number, code: unknown): boolean {
  return status === NOT_FOUND && typeof code === "number" && !NEED_NOTHING.includes(route);
}
