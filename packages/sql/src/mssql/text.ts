/**
 * How strings of any content lie in NVARCHAR columns of the collation BIN2. SQL Server pads the shorter of two strings with
 * blanks before it compares them, and compares UTF-16 units where code points are meant. So every string ends in U+0001 and
 * holds none before that, which makes no string the beginning of another one, and U+E000 to U+FFFF stand behind U+D7FF, which
 * sorts them below all surrogates and above the rest. Everything else is stored as it is.
 */
const endMark = "\u0001";
const escapeMark = "\u0002";

/** What stands before the digest of a string that is too long. No encoded string holds it. */
const cutMark = "\u0002\u0004";

/** What has to be escaped, and what stands for it. */
const awkward = new RegExp(`[${endMark}${escapeMark}\\ud7ff\\ue000-\\uffff]`, "g");
const escaped = new RegExp(`${escapeMark}([${escapeMark}\\u0003])|\\ud7ff([\\s\\S])`, "g");
const escapes: Readonly<Record<string, string>> = { "\u0001": "\u0002\u0002", "\u0002": "\u0002\u0003" };
const originals: Readonly<Record<string, string>> = { "\u0002": "\u0001", "\u0003": "\u0002" };

/** A string whose comparison by the database, unit by unit and padded, is that of the original by code point. */
export function encodeText(text: string): string {
  const body = text.replace(awkward, (unit) => escapes[unit] ?? `\ud7ff${unit}`);
  return body + endMark;
}

/** The string that {@link encodeText} was given. */
export const decodeText = (stored: string): string =>
  stored
    .slice(0, -1)
    .replace(escaped, (_, mark: string | undefined, unit: string) =>
      mark === undefined ? unit : (originals[mark] as string),
    );

/** An encoded string as it lies in a column of `width` units, and the whole of it where that is too long. */
export function shorten(
  encoded: string,
  width: number,
  digest: (text: string) => string,
): { readonly short: string; readonly long: string | null } {
  if (encoded.length <= width) return { short: encoded, long: null };
  const tail = cutMark + digest(encoded) + endMark;
  const head = encoded.slice(0, width - tail.length).replace(/[\ud800-\udbff]$/, "");
  return { short: head + tail, long: encoded };
}
