import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadEnvFile } from "node:process";
import { parseArgs } from "node:util";
import { type Context, say } from "./command.ts";
import { commands } from "./commands/index.ts";
import { exitCodeOf } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";
import { helpOf, overview } from "./help.ts";
import { version } from "./version.ts";

/** Runs one command line to its end and gives the exit code. Never throws. */
export async function main([name, ...args]: readonly string[], context: Context): Promise<number> {
  if (name === undefined) {
    context.stderr.write(overview(commands));
    return exitCodes.usage;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    context.stdout.write(overview(commands));
    return exitCodes.done;
  }
  if (name === "--version" || name === "-v") {
    say(context.stdout, version);
    return exitCodes.done;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) {
    say(context.stderr, `stowage: there is no command ${name}; stowage --help lists them`);
    return exitCodes.usage;
  }
  try {
    const { default: command } = await entry.load();
    if (existsSync(join(context.cwd, ".env"))) loadEnvFile(join(context.cwd, ".env"));
    const { values, positionals } = parseArgs({
      args,
      options: { ...command.flags, help: { type: "boolean", short: "h" } },
      allowPositionals: command.words !== undefined,
    });
    if (values.help) {
      context.stdout.write(helpOf(name, entry.summary, command));
      return exitCodes.done;
    }
    return await command.run(values, context, positionals);
  } catch (error) {
    const exitCode = exitCodeOf(error);
    say(context.stderr, `stowage ${name}: ${error instanceof Error ? error.message : String(error)}`);
    if (exitCode === exitCodes.usage) say(context.stderr, `stowage ${name} --help explains the flags`);
    return exitCode;
  }
}
