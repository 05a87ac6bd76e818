import { createServer, type ServerOptions } from "@stowage/server";
import { type Context, say } from "./command.ts";
import { CommandError, usageError } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";

/**
 * Serves until the user asks to stop, then finishes what is under way and closes the storage.
 *
 * @throws CommandError when the options cannot be, or the port is taken.
 */
export async function listenUntilStopped(
  options: ServerOptions,
  context: Context,
  onListening: (url: string) => void | Promise<void>,
): Promise<number> {
  const server = refusingBadOptions(() => createServer(options));
  try {
    const { url } = await server.listen().catch((error: NodeJS.ErrnoException) => {
      throw explained(error);
    });
    if (options.insecure) {
      say(context.stderr, "Everybody who can reach this address may read and write the storage.");
    }
    await onListening(url);
    await context.stopped;
  } finally {
    await server.close({ closeStorage: true });
  }
  return exitCodes.done;
}

function refusingBadOptions<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw explained(error as Error);
  }
}

/** The server says by a `TypeError` what its options cannot be. */
function explained(error: NodeJS.ErrnoException): Error {
  if (error.code === "EADDRINUSE")
    return new CommandError("the port is taken; --port 0 takes a free one", exitCodes.conflict);
  if (error.code === "EACCES" || error.code === "EADDRNOTAVAIL") {
    return new CommandError("this address cannot be listened on", exitCodes.failed);
  }
  return error instanceof TypeError ? usageError(error.message, error) : error;
}
