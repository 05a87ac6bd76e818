/** What is stored begins with it where a text could not be stored as it is. No key can hold it. */
const mark = "\0json:";

/** ClickHouse keeps any bytes, but no lone surrogate has any: such a text is stored as a marked JSON string. */
export function escapeText(text: string): string {
  return text.isWellFormed() && !text.startsWith(mark) ? text : mark + JSON.stringify(text);
}

/** The string that {@link escapeText} was given. */
export function unescapeText(stored: string): string {
  return stored.startsWith(mark) ? (JSON.parse(stored.slice(mark.length)) as string) : stored;
}

/** SQL that tells whether a stored text is a marked one, whose order is not that of the text. */
export const isEscaped = (operand: string) => `startsWith(${operand}, '\\0json:')`;
