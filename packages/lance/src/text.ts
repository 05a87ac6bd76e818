/** What is stored begins with it where a text could not be stored as it is. No key can hold it. */
const mark = "\0json:";

/**
 * Arrow keeps UTF-8, which has no lone surrogates, and takes a first U+FEFF for a byte order mark: a text that holds such is
 * stored as a marked JSON string.
 */
export function escapeText(text: string): string {
  const isSafe = text.isWellFormed() && !text.startsWith(mark) && !text.startsWith("\ufeff");
  return isSafe ? text : mark + JSON.stringify(text);
}

/** The string that {@link escapeText} was given. */
export function unescapeText(stored: string): string {
  return stored.startsWith(mark) ? (JSON.parse(stored.slice(mark.length)) as string) : stored;
}

/** A text in a condition. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
