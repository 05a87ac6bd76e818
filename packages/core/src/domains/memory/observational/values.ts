import { invalid } from "../../../errors.ts";

/** A token count as it is stored: whole. @throws StorageError `INVALID_INPUT` when it is no finite number. */
export function tokens(value: unknown, path: string): number {
  return Math.round(finite(value, path));
}

/** The same where nothing may be given. */
export const optionalTokens = (value: unknown, path: string): number | null =>
  value === undefined || value === null ? null : tokens(value, path);

export function finite(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw invalid(`${path} must be a finite number`, "INVALID_INPUT", { path });
  }
  return value;
}

export function text(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(`${path} must be a string`, "INVALID_INPUT", { path });
  return value;
}

export function flag(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw invalid(`${path} must be a boolean`, "INVALID_INPUT", { path });
  return value;
}
