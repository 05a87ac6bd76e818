/** A character that no sensible text begins with. What begins with it in the database is a JSON string behind it. */
const mark = "\u001a";

/**
 * Makes any string one that every SQL database keeps as it is. U+0000 and lone surrogates would be cut or replaced, so a
 * text that holds one is stored as a marked JSON string, which has neither.
 */
export function escapeText(text: string): string {
  if (text.isWellFormed() && !text.includes("\0") && !text.startsWith(mark)) return text;
  return mark + JSON.stringify(text);
}

/** The string that {@link escapeText} was given. */
export function unescapeText(stored: string): string {
  return stored.startsWith(mark) ? (JSON.parse(stored.slice(1)) as string) : stored;
}
