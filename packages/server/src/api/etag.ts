import { createHash } from "node:crypto";
import { HttpError } from "./errors.ts";

/** The state of a record at its own address: its last change, which every write moves on. */
export const etagOf = ({ updatedAt }: { updatedAt: Date }): string => `"${updatedAt.getTime()}"`;

/** Whether the tag is among those of an `If-Match` or `If-None-Match` header. */
const names = (header: string, etag: string) =>
  header.trim() === "*" ||
  header.split(",").some((given) => given.trim().replace(/^W\//, "") === etag.replace(/^W\//, ""));

/** The state of any answer, for whoever keeps one: the same text has the same tag, and nothing is said about writes. */
export const weakEtagOf = (body: string): string =>
  `W/"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;

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
