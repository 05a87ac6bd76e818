import { StorageError } from "../../errors.ts";

/** The rejection of a method that a store lacks. Writers of signals match it by domain and by the end of the id. */
export function notImplemented(words: string, id = `OBSERVABILITY_STORAGE_${words}_NOT_IMPLEMENTED`): Promise<never> {
  return Promise.reject(
    new StorageError("this store does not implement the method", {
      code: "unsupported",
      category: "SYSTEM",
      id,
      domain: "MASTRA_OBSERVABILITY",
      details: { status: 501 },
    }),
  );
}
