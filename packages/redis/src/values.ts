import type { Column, EngineValue } from "@stowage/core/engine";

/**
 * A value as a hash field holds it. Texts begin with a mark: without one, clients that guess at types would make a number of
 * `123` and an object of `{}`. `~` stands before a text that UTF-8 cannot hold, as JSON.
 */
export function toField(value: Exclude<EngineValue, null>): string {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? `=${value}` : `~${JSON.stringify(value)}`;
    case "bigint":
      return `=${value}`;
    case "boolean":
      return value ? "1" : "0";
    default:
      return String(value);
  }
}

/** The value of a field; clients may have made a number of one. */
export function fromField({ type }: Column, field: unknown): EngineValue {
  if (field === null || field === undefined) return null;
  switch (type) {
    case "text":
    case "json":
      return textOf(String(field));
    case "bigint":
      return BigInt(String(field).slice(1));
    case "boolean":
      return String(field) === "1";
    default:
      return Number(field);
  }
}

const textOf = (field: string): string =>
  field.startsWith("~") ? (JSON.parse(field.slice(1)) as string) : field.slice(1);
