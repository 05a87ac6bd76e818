export { ObservabilityStorage } from "./storage.ts";
