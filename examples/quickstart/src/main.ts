import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { LibSQLStore } from "@stowage/libsql";
import { announce } from "./progress.ts";
import { report } from "./report.ts";
import { isStudioBuilt, serve } from "./serve.ts";

const help = `Stowage quick start: a support desk on one database file.

  npm start [-- options]

  --db <file>   the database file (default: examples/quicksta../.data/support-desk.db); kept between runs
  --no-serve    ends after the report; without it the Studio is served until Ctrl-C
  --help        this text
`;

const { values } = parseArgs({
  options: { db: { type: "string" }, "no-serve": { type: "boolean" }, help: { type: "boolean", short: "h" } },
});

/** Runs one stage in a process of its own and gives its exit code, or the signal that ended it. */
function runStage(stage: string, url: string): Promise<number | NodeJS.Signals> {
  const program = join(import.meta.dirname, "stage.ts");
  const child = spawn(process.execPath, [...process.execArgv, program, stage, url], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  let interrupted: NodeJS.Signals | undefined;
  const pass = (signal: NodeJS.Signals) => {
    interrupted = signal;
    child.kill(signal);
  };
  process.on("SIGINT", pass);
  process.on("SIGTERM", pass);
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code, signal) => {
      process.off("SIGINT", pass);
      process.off("SIGTERM", pass);
      if (interrupted) process.exit(interrupted === "SIGINT" ? 130 : 143);
      done(signal ?? code ?? 1);
    });
  });
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const serves = !values["no-serve"];
  if (serves && !isStudioBuilt())
    throw new Error("the Studio is not built: npm start builds it, --no-serve needs none");
  const file = resolve(values.db ?? join(import.meta.dirname, "../.data/support-desk.db"));
  mkdirSync(dirname(file), { recursive: true });
  const url = pathToFileURL(file).href;

  announce("1 of 3  The support desk opens its post. Its process will be killed after three tickets.");
  const first = await runStage("first", url);
  if (first !== "SIGKILL") throw new Error(`the first process ended with ${first}`);

  announce("2 of 3  A second process opens the same file, carries out what was waiting and goes on.");
  const second = await runStage("second", url);
  if (second !== 0) throw new Error(`the second process ended with ${second}`);

  announce("3 of 3  What each domain holds now, read back through getStore():");
  const storage = new LibSQLStore({ id: "quickstart-report", url });
  process.stdout.write(`${await report(storage)}\n`);
  await storage.close();

  const shown = relative(process.cwd(), file) || file;
  process.stdout.write(`
The database is ${shown} (plain SQLite; any SQLite tool opens it).
Next: run it again and watch the history grow, read examples/quickstart/src/desk.ts,
or give the desk a real model. README.md shows Stowage without any framework.
`);
  if (serves) {
    await serve(url, (address) => process.stdout.write(`\nThe Studio shows all of it: ${address}\nCtrl-C ends it.\n`));
  }
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(`\nThe quick start failed: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});
