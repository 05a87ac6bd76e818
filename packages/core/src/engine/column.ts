/** The kinds of column a table may have. What a value of each looks like between domain and engine: {@link EngineValue}. */
export const columnTypes = ["text", "json", "timestamp", "integer", "bigint", "float", "boolean"] as const;
export type ColumnType = (typeof columnTypes)[number];

/**
 * A value as it travels between a domain and an engine:
 * - `text`: a string (any JavaScript string, NUL and lone surrogates included; in keys and paths well-formed, without NUL)
 * - `json`: the JSON text, made and parsed only by core; `null` means the value is absent, the text `null` is JSON's null
 * - `timestamp`: whole milliseconds since 1970 UTC
 * - `integer`: a safe integer; `float`: a finite double; `bigint`: a bigint of any size; `boolean`: a boolean
 *
 * `null` stands for "no value" in a nullable column of any type.
 */
export type EngineValue = string | number | boolean | bigint | null;

/** One column of a table. `Value` is what the domain sees after decoding (a `Date` for a timestamp, the parsed value for JSON). */
export interface Column<Value = unknown, Type extends ColumnType = ColumnType, Nullable extends boolean = boolean> {
  readonly type: Type;
  readonly isNullable: Nullable;
  /** Every text of it is {@link base64}. */
  readonly isBase64?: true;
  /** Carried in the type only. */
  readonly value?: Value;
}

/** A column under construction: call `.nullable()` where a row may lack the value. */
export interface ColumnBuilder<Value, Type extends ColumnType> extends Column<Value, Type, false> {
  nullable(): Column<Value, Type, true>;
}

function column<Value, Type extends ColumnType>(
  type: Type,
  form: Pick<Column, "isBase64"> = {},
): ColumnBuilder<Value, Type> {
  return Object.freeze({
    type,
    isNullable: false,
    ...form,
    nullable: () => Object.freeze({ type, isNullable: true as const, ...form }),
  });
}

/** Any string. */
export const text = () => column<string, "text">("text");
/**
 * Bytes, as base64 with its padding. It is text to every engine; one that has a type for bytes may keep them as such, in three
 * quarters of the room.
 */
export const base64 = () => column<string, "text">("text", { isBase64: true });
/** Any JSON value, kept as one JSON text. */
export const json = <Value = unknown>() => column<Value, "json">("json");
/** An instant at millisecond precision. */
export const timestamp = () => column<Date, "timestamp">("timestamp");
/** A safe integer. */
export const integer = () => column<number, "integer">("integer");
/** An integer of any size. */
export const bigint = () => column<bigint, "bigint">("bigint");
/** A finite IEEE double. */
export const float = () => column<number, "float">("float");
/** True or false. */
export const boolean = () => column<boolean, "boolean">("boolean");
