import { type ErrorCode, isStorageError } from "@stowage/core";
import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** A failure with a sentence for the user and an exit code for scripts. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line, the environment or the config file asks for what cannot be. */
export const usageError = (message: string, cause?: unknown) => new CommandError(message, exitCodes.usage, { cause });

const byCode: Partial<Record<ErrorCode, ExitCode>> = {
  unavailable: exitCodes.unreachable,
  timeout: exitCodes.unreachable,
  permission: exitCodes.unreachable,
  busy: exitCodes.conflict,
  conflict: exitCodes.conflict,
};

/** The exit code of whatever a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (isStorageError(error)) return byCode[error.code] ?? exitCodes.failed;
  const { code } = error as { code?: unknown };
  // What node:util says about arguments is a sentence for the user.
  return typeof code === "string" && code.startsWith("ERR_PARSE_ARGS") ? exitCodes.usage : exitCodes.failed;
}
