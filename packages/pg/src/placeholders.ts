const converted = new Map<string, string>();
const capacity = 4000;

/** A statement with `?` for its parameters as one with `$1`, `$2` and so on. What stands in quotes is left alone. */
export function numbered(sql: string): string {
  let text = converted.get(sql);
  if (text === undefined) {
    let count = 0;
    text = sql.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'|\?/g, (part) => (part === "?" ? `$${++count}` : part));
    if (converted.size >= capacity) converted.clear();
    converted.set(sql, text);
  }
  return text;
}
