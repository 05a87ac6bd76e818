import type { Capabilities } from "@stowage/core/engine";
import { commonCapabilities } from "@stowage/redis/engine";

const mebibyte = 1024 * 1024;

/** A request may have 10 MB on most plans, and JSON text takes up to twice its length on the way: it is quoted once more. */
export const capabilities: Capabilities = Object.freeze({
  ...commonCapabilities,
  atomicLimit: Object.freeze({ records: 500, bytes: 4 * mebibyte }),
  bulkLimit: Object.freeze({ records: 500, bytes: 4 * mebibyte }),
  maxValueBytes: 2 * mebibyte,
  maxGetKeys: 500,
});

/** About how many bytes of rows one answer holds; it comes in base64, a third longer. */
export const answerBytes = 3 * mebibyte;
