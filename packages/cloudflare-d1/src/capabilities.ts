import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/**
 * A row may have 2,000,000 bytes in all, so that three columns can be as large as a value may be. A batch is one transaction
 * of at most three statements for each record; a Worker has a thousand of them at each of its own requests.
 */
export const capabilities: Capabilities = Object.freeze({
  atomicity: "native",
  atomicLimit: Object.freeze({ records: 300, bytes: 4 * mebibyte }),
  bulkLimit: Object.freeze({ records: 2000, bytes: 6 * mebibyte }),
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: true,
  // JSON filters are narrowed down by SQLite and decided on the rows.
  nativeJsonFilter: false,
  nativeAggregate: true,
  timeToLive: false,
  maxValueBytes: 600 * 1024,
  maxKeyBytes: 64 * 1024,
  maxGetKeys: 1000,
});

/**
 * A client that runs single statements only: one record is compared and swapped at a time, and the journal, which is a record
 * too, has to hold a whole batch.
 */
export const singleCapabilities: Capabilities = Object.freeze({
  ...capabilities,
  atomicity: "journal",
  atomicLimit: Object.freeze({ records: 1, bytes: 1_800_000 }),
  maxValueBytes: 1_800_000,
});

/** What the journal takes on top of that. */
export const journalLimit: Capabilities["atomicLimit"] = Object.freeze({ records: 200, bytes: mebibyte });
