export { localCapabilities, remoteCapabilities } from "./capabilities.ts";
export type { LibSQLEngineSettings } from "./engine.ts";
export { libsqlEngine } from "./engine.ts";
export type { LibSQLOptions } from "./options.ts";
