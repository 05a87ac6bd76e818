#!/usr/bin/env node
import { exitCodes } from "./exit-codes.ts";
import { main } from "./main.ts";

const stopped = new Promise<void>((resolve) => {
  let isStopping = false;
  const stop = () => {
    if (isStopping) process.exit(exitCodes.interrupted);
    isStopping = true;
    resolve();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
});
// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.done);
  throw error;
});

const { env, stdin, stdout, stderr } = process;
process.exit(await main(process.argv.slice(2), { cwd: process.cwd(), env, stdin, stdout, stderr, stopped }));
