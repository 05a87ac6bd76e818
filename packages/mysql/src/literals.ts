import type { SqlValue, Statement } from "@stowage/sql";

const needsDigits = /[\\\0]/;

/**
 * A value as SQL that means the same under every `sql_mode`: a backslash may or may not be an escape, so a text with one goes
 * as hexadecimal digits, and the empty text may be taken for null, so it goes so too.
 */
export function literal(value: SqlValue): string {
  if (value === null) return "NULL";
  if (typeof value === "string") {
    if (value === "" || needsDigits.test(value)) return `_utf8mb4 x'${Buffer.from(value, "utf8").toString("hex")}'`;
    return value.includes("'") ? `'${value.replaceAll("'", "''")}'` : `'${value}'`;
  }
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return String(value);
  const text = String(value);
  // With an exponent it is read as a double, without as a decimal.
  return text.includes("e") ? text : `${text}e0`;
}

const cut = new Map<string, readonly string[]>();
const capacity = 4000;

/** A statement with its values in it. What stands in quotes is no parameter. */
export function textOf({ sql, args }: Statement): string {
  if (args.length === 0) return sql;
  let pieces = cut.get(sql);
  if (!pieces) {
    pieces = piecesOf(sql);
    if (cut.size >= capacity) cut.clear();
    cut.set(sql, pieces);
  }
  let text = pieces[0] as string;
  for (let i = 0; i < args.length; i++) text += literal(args[i] as SqlValue) + pieces[i + 1];
  return text;
}

function piecesOf(sql: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const { 0: found, index } of sql.matchAll(/`(?:[^`]|``)*`|'(?:[^']|'')*'|\?/g)) {
    if (found !== "?") continue;
    pieces.push(sql.slice(from, index));
    from = index + 1;
  }
  pieces.push(sql.slice(from));
  return pieces;
}
