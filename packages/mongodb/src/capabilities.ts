import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/** A document takes 16 MiB with all its columns, so that one value may not take much of it. */
export const maxValueBytes = 2 * mebibyte;

const common = {
  bulkLimit: Object.freeze({ records: 1000, bytes: 8 * mebibyte }),
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: true,
  nativeJsonFilter: false,
  nativeAggregate: true,
  timeToLive: false,
  maxValueBytes,
  maxKeyBytes: 64 * 1024,
  maxGetKeys: 1000,
} as const;

/** On a replica set, or behind mongos: a batch is one transaction. */
export const capabilities: Capabilities = Object.freeze({
  ...common,
  atomicity: "native",
  // A transaction should stay under 1,000 documents.
  atomicLimit: Object.freeze({ records: 500, bytes: 8 * mebibyte }),
});

/** On a standalone server, which has no transactions: a batch goes through the journal, whole, in one document. */
export const standaloneCapabilities: Capabilities = Object.freeze({
  ...common,
  atomicity: "journal",
  atomicLimit: Object.freeze({ records: 500, bytes: maxValueBytes + 65_536 }),
});
