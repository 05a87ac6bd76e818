/** A time as a caller may give it: `Date`, ISO 8601 text or milliseconds since 1970. */
export type InstantInput = Date | string | number;
