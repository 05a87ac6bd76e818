#!/usr/bin/env node
import { help, readCommand } from "./command.ts";
import { createServer } from "./server.ts";
import { version } from "./version.ts";

// Exit codes: 0 after a graceful stop, 1 when the server could not start, 130 when a second signal cut the stop short.

async function main(): Promise<void> {
  const command = await readCommand(process.argv.slice(2), process.env, process.cwd());
  if (!command.options) {
    process.stdout.write(command.version ? `${version}\n` : help);
    return;
  }
  const server = createServer(command.options);
  const { url } = await server.listen();
  console.log(`Stowage listens on ${url}`);
  if (command.options.insecure) console.warn("Everybody who can reach this address may read and write the storage.");
  let isStopping = false;
  const stop = () => {
    if (isStopping) process.exit(130);
    isStopping = true;
    server.close({ closeStorage: true }).then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

main().catch((error: Error) => {
  console.error(`stowage-server: ${error.message}`);
  process.exitCode = 1;
});
