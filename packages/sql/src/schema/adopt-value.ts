import { type Column, type EngineValue, StorageError } from "@stowage/core/engine";

/** What another library left in a column, as this library keeps it. */
export function adoptValue(column: Column, found: unknown): EngineValue {
  if (found === null || found === undefined) return null;
  switch (column.type) {
    case "text":
      return found instanceof Uint8Array || found instanceof ArrayBuffer
        ? new TextDecoder().decode(found)
        : String(found);
    case "json":
      return adoptJson(found);
    case "boolean":
      return found === true || found === 1 || found === 1n || found === "1" || found === "true" || found === "t";
    case "bigint":
      return BigInt(typeof found === "number" ? Math.trunc(found) : (found as string | bigint));
    case "timestamp":
      return adoptTime(found);
    default:
      return finite(Number(found), found);
  }
}

/** JSON text stays as it is; text that is none is a string, as some columns once held plain text. */
function adoptJson(found: unknown): string {
  if (typeof found !== "string") return JSON.stringify(found) ?? "null";
  try {
    JSON.parse(found);
    return found;
  } catch {
    return JSON.stringify(found);
  }
}

/** ISO text, where a time without a zone is UTC, or a number of milliseconds, also as text. */
function adoptTime(found: unknown): number {
  if (typeof found === "number" || typeof found === "bigint") return Math.trunc(Number(found));
  const text = String(found).trim();
  if (/^-?\d+(\.\d+)?$/.test(text)) return Math.trunc(Number(text));
  const [, day, time = "00:00:00", zone = "Z"] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i.exec(text) ?? [];
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2").toUpperCase();
  return finite(Date.parse(day === undefined ? text : `${day}T${time}${offset}`), found);
}

function finite(value: number, found: unknown): number {
  if (Number.isFinite(value)) return value;
  throw new StorageError("a value of the other library cannot be converted", {
    code: "schema",
    details: { value: String(found).slice(0, 100) },
  });
}

/** What a column that takes no null gets where there is nothing. */
export function emptyValue(column: Column): EngineValue {
  switch (column.type) {
    case "text":
      return "";
    case "json":
      return "null";
    case "boolean":
      return false;
    case "bigint":
      return 0n;
    default:
      return 0;
  }
}
