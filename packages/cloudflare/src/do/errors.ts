import { isStorageError, StorageError } from "@stowage/core/engine";
import { schemaErrorIn, type Violation, violationIn } from "@stowage/sql";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The unique key that refused a statement. */
export const violation = (error: unknown): Violation | undefined => violationIn(messageOf(error));

/** The runtime's error as one of ours. None is temporary: whoever calls the object may try again, its code may not. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const message = messageOf(error);
  const schema = schemaErrorIn(message, error);
  if (schema) return schema;
  if (/is full|out of memory|exceeded|SQLITE_(FULL|NOMEM)/i.test(message)) {
    return new StorageError("the object ran out of space or memory", { code: "resource_limit", cause: error });
  }
  return new StorageError("the object's database failed", { code: "internal", cause: error });
}
