import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { end, start } from "../processes.ts";
import { scratchFolder } from "../scratch-folder.ts";

/** A ClickHouse of one's own, on a free port of this machine, gone without trace when stopped. */
export interface ClickhouseServer {
  readonly port: number;
  /** For the official client, with any user and password. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Whether the library with ClickHouse in it, npm's `chdb`, is installed. */
export function findClickhouse(): boolean {
  try {
    createRequire(import.meta.url).resolve("chdb");
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts a process with ClickHouse in it and what the official client speaks before it. It knows no users and no replicas,
 * and answers one request after the other. With `inMemory` its files are in memory where there is room: an insert takes a
 * third of the time then, and a table is emptied in a fifth.
 */
export async function startClickhouse({ inMemory = false } = {}): Promise<ClickhouseServer> {
  const data = scratchFolder({ inMemory });
  // The source in tests, and what was built of it elsewhere.
  const front = fileURLToPath(new URL(`front${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));
  const child = start(process.execPath, [...process.execArgv, front, data.path], { takesInput: true });
  const whenLeft = () => child.kill("SIGKILL");
  process.on("exit", whenLeft);
  const port = await portOf(child);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      process.off("exit", whenLeft);
      await end(child, "SIGKILL");
      data.remove();
    },
  };
}

function portOf(child: ChildProcess): Promise<number> {
  let complaint = "";
  child.stderr?.on("data", (chunk) => {
    complaint = (complaint + chunk).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => reject(new Error(`ClickHouse did not start:\n${complaint}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once("line", (line) =>
      resolve((JSON.parse(line) as { port: number }).port),
    );
  });
}
