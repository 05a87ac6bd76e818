export type { Context } from "./command.ts";
export type { ExitCode } from "./exit-codes.ts";
export { exitCodes } from "./exit-codes.ts";
export { main } from "./main.ts";
