/** Whether a string can be part of a key or path on every engine. What cannot be stored there cannot be found there either. */
export const isKeyText = (value: string): boolean => !value.includes("\0") && value.isWellFormed();

const mark = "\u001a";

/**
 * Any string as one that can be part of a key or path: U+0000, lone surrogates and the mark U+001A become the mark and four
 * hex digits. All other text stays as it is, and no two texts share a result.
 */
export function toKeyText(value: string): string {
  if (isKeyText(value) && !value.includes(mark)) return value;
  // With the flag `u`, \p{Surrogate} matches lone surrogates only.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return value.replace(/[\0\u001a]|\p{Surrogate}/gu, (unit) => mark + unit.charCodeAt(0).toString(16).padStart(4, "0"));
}

/** The inverse of {@link toKeyText}. */
export function fromKeyText(text: string): string {
  if (!text.includes(mark)) return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the mark is one, chosen because no ordinary text has it.
  return text.replace(/\u001a([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));
}
