/** Whether a string can be part of a key or path on every engine. What cannot be stored there cannot be found there either. */
export const isKeyText = (value: string): boolean => !value.includes("\0") && value.isWellFormed();
