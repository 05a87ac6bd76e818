/** A column of an index of the user's: its name, how many characters to cover, and the direction. */
export const columnPattern = /^([A-Za-z_][A-Za-z0-9_]*)\s*(?:\((\d{1,4})\))?(?:\s+(ASC|DESC))?$/i;
