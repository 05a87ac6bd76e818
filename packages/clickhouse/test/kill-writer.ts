import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Starts a writer, kills it after so many acknowledged rows, and gives their ids. */
export async function killWriter(url: string, database: string, name: string, after: number): Promise<string[]> {
  const program = join(import.meta.dirname, "programs", "writer.ts");
  const child = spawn(process.execPath, [...process.execArgv, program, url, database, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === after) setTimeout(() => child.kill("SIGKILL"), Math.random() * 20);
  }
  return acknowledged;
}
