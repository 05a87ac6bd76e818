import type { Logger } from "@stowage/core";

/** Warnings and errors on the console. */
export const defaultLogger: Logger = {
  debug() {},
  info() {},
  warn: (message, ...details) => console.warn(message, ...details),
  error: (message, ...details) => console.error(message, ...details),
};
