import { HttpError } from "./errors.ts";

/** The state of a record at its own address: its last change, which every write moves on. */
export const etagOf = ({ updatedAt }: { updatedAt: Date }): string => `"${updatedAt.getTime()}"`;

/** Whether the tag is among those of an `If-Match` or `If-None-Match` header. */
const names = (header: string, etag: string) =>
  header.trim() === "*" || header.split(",").some((given) => given.trim().replace(/^W\//, "") === etag);

/** Whether the caller has this state already. */
export function isKnown({ headers }: Request, etag: string): boolean {
  const given = headers.get("if-none-match");
  return given !== null && names(given, etag);
}

/** Whether the caller lets the write through: it named this state, or none. */
export function isExpected({ headers }: Request, etag: string): boolean {
  const given = headers.get("if-match");
  return given === null || names(given, etag);
}

export const changedMeanwhile = (what: string) =>
  new HttpError(412, `${what} changed since it was read`, { code: "conflict" });
