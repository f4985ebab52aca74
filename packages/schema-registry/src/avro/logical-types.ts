import avsc, { type Type } from "avsc";

const DAY_MS = 86_400_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/u;

/** A class that turns what a schema's underlying type holds into another value; see avsc's `LogicalType`. */
export type LogicalTypeClass = new (schema: never, options?: never) => Type;

interface LogicalSchema {
  readonly precision?: number;
  readonly scale?: number;
}

/** `timestamp-millis`, `local-timestamp-millis` (both `Date`): milliseconds since the epoch, as `int` or `long` holds them. */
class InstantType extends avsc.types.LogicalType {
  protected override _fromValue(value: number | bigint): Date {
    return new Date(Number(value));
  }

  protected override _toValue(value: unknown): number | bigint | undefined {
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) return undefined;
    return isBigint(this) ? BigInt(value.getTime()) : value.getTime();
  }

  protected override _resolve(type: Type): unknown {
    return isWhole(type) ? this._fromValue : isSame(this, type);
  }
}

/** `date` (`Date` at midnight UTC): days since the epoch. */
class DayType extends avsc.types.LogicalType {
  protected override _fromValue(days: number): Date {
    return new Date(days * DAY_MS);
  }

  protected override _toValue(value: unknown): number | undefined {
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) return undefined;
    return Math.floor(value.getTime() / DAY_MS);
  }

  protected override _resolve(type: Type): unknown {
    return type.typeName === "int" ? this._fromValue : isSame(this, type);
  }
}

/** `uuid` (text): as `string`, or `fixed` of 16 bytes. */
class UuidType extends avsc.types.LogicalType {
  constructor(schema: never, options?: never) {
    super(schema, options);
    const { typeName, size } = this.underlyingType as { typeName: string; size?: number };
    if (typeName !== "string" && !(typeName === "fixed" && size === 16))
      throw new Error("uuid is a string or a fixed(16)");
  }

  protected override _fromValue(value: string | Buffer): string {
    if (typeof value === "string") return value;
    const hex = value.toString("hex");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  protected override _toValue(value: unknown): string | Buffer | undefined {
    if (typeof value !== "string" || !UUID.test(value)) return undefined;
    return this.underlyingType.typeName === "string" ? value : Buffer.from(value.replaceAll("-", ""), "hex");
  }

  protected override _resolve(type: Type): unknown {
    return type.typeName === this.underlyingType.typeName ? this._fromValue : isSame(this, type);
  }
}

/** `decimal` (text such as `-12.50`, so that nothing is rounded): two's complement in `bytes` or `fixed`. */
class DecimalType extends avsc.types.LogicalType {
  readonly #precision: number;
  readonly #scale: number;

  constructor(schema: never, options?: never) {
    super(schema, options);
    const { precision = 0, scale = 0 } = schema as LogicalSchema;
    if (!Number.isInteger(precision) || !Number.isInteger(scale) || scale < 0 || precision < 1 || scale > precision)
      throw new Error("decimal needs a precision of 1 and more, and a scale within it");
    this.#precision = precision;
    this.#scale = scale;
  }

  protected override _export(schema: unknown): void {
    Object.assign(schema as object, { precision: this.#precision, scale: this.#scale });
  }

  protected override _fromValue(bytes: Buffer): string {
    const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString("hex")}`));
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(this.#scale + 1, "0");
    const point = digits.length - this.#scale;
    const sign = unscaled < 0n ? "-" : "";
    return this.#scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    const [, sign, whole = "", fraction = ""] = (typeof value === "string" && DECIMAL.exec(value)) || [];
    if (sign === undefined || whole + fraction === "" || fraction.length > this.#scale) return undefined;
    const digits = (whole + fraction.padEnd(this.#scale, "0")).replace(/^0+/u, "");
    if (digits.length > this.#precision) return undefined;
    const unscaled = BigInt(digits === "" ? "0" : digits) * (sign === "-" ? -1n : 1n);
    return twosComplement(unscaled, (this.underlyingType as { size?: number }).size);
  }

  protected override _resolve(type: Type): unknown {
    const isAlike = type instanceof DecimalType && type.#scale === this.#scale && type.#precision <= this.#precision;
    return isAlike ? unchanged : undefined;
  }
}

/** The logical types that serdes know unless they are told others. All else is read as the underlying type. */
export const LOGICAL_TYPES: Readonly<Record<string, LogicalTypeClass>> = Object.freeze({
  "timestamp-millis": InstantType,
  "local-timestamp-millis": InstantType,
  date: DayType,
  uuid: UuidType,
  decimal: DecimalType,
} as unknown as Record<string, LogicalTypeClass>);

function twosComplement(value: bigint, size: number | undefined): Buffer | undefined {
  const magnitude = value < 0n ? -value - 1n : value;
  const bytesNeeded = Math.floor(magnitude.toString(2).length / 8) + 1;
  const bytes = size ?? bytesNeeded;
  if (bytesNeeded > bytes && magnitude >= 1n << BigInt(bytes * 8 - 1)) return undefined;
  return Buffer.from(
    BigInt.asUintN(bytes * 8, value)
      .toString(16)
      .padStart(bytes * 2, "0"),
    "hex",
  );
}

const unchanged = (value: unknown): unknown => value;

function isWhole(type: Type): boolean {
  return type.typeName === "int" || type.typeName === "long" || type.typeName === "abstract:long";
}

function isSame(own: Type, other: Type): unknown {
  return other.typeName === own.typeName ? unchanged : undefined;
}

function isBigint(type: avsc.types.LogicalType): boolean {
  return type.underlyingType.typeName === "abstract:long";
}
