import { Windowed } from "@millrace/streams-core";
import { toHex } from "./hex.js";

/** `text(x)` of the format: how functions see any value. */
export function text(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (value instanceof Windowed) return `${text(value.key)}@${value.startMs}-${endText(value)}`;
  return value instanceof Uint8Array ? toHex(value) : String(value);
}

/** Java's greatest long is where windows without an end have theirs. */
function endText({ endMs }: Windowed<unknown>): string {
  return endMs === Number.POSITIVE_INFINITY ? "9223372036854775807" : String(endMs);
}

/** `num(x)` of the format. */
export function num(value: unknown): number {
  return value === null || value === undefined ? 0 : Number(value);
}

/** The first code point, "" of "". */
export function firstCodePoint(whole: string): string {
  return whole === "" ? "" : String.fromCodePoint(whole.codePointAt(0)!);
}

/** Words between single spaces, empty ones left out; none of null. */
export function words(value: unknown): readonly string[] {
  return value === null
    ? []
    : text(value)
        .split(" ")
        .filter((word) => word !== "");
}

/** `text(whole)` split at "|", without the first token that equals `text(token)`. */
export function removeToken(whole: unknown, token: unknown): string {
  const tokens = text(whole).split("|");
  const at = tokens.indexOf(text(token));
  if (at >= 0) tokens.splice(at, 1);
  return tokens.join("|");
}
