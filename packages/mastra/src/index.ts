/** Use a Stowage storage as the storage of Mastra. */
export { toHostError } from "./errors.ts";
export type { ToMastraStorageOptions } from "./store.ts";
export { toMastraStorage } from "./store.ts";
