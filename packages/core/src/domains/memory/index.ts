export { MemoryStorage } from "./storage.ts";
