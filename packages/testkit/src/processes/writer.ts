import { spawn } from "node:child_process";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";

/** The command line of one of the programs, as this process itself was started. */
export const programArguments = (program: string, module: string, place: readonly string[], ...rest: string[]) => [
  ...process.execArgv,
  join(import.meta.dirname, "programs", `${program}${extname(import.meta.filename)}`),
  module,
  JSON.stringify(place),
  ...rest,
];

/** What a writer says of one write. */
export interface Acknowledged {
  readonly messages?: readonly string[];
  readonly step?: string;
  readonly key?: string;
  readonly trace?: string;
  readonly agent?: string;
}

/**
 * Starts a writer, and ends with what it acknowledged once it is gone.
 *
 * @param interrupt called after each acknowledged write with their number.
 * @throws Error with what the writer complained of, when it was not killed.
 */
export async function crashWriter(
  args: readonly string[],
  interrupt: (acknowledged: number, kill: () => void) => void,
): Promise<readonly Acknowledged[]> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("close", (_, signal) => resolve(signal)));
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  const acknowledged: Acknowledged[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(JSON.parse(line) as Acknowledged);
    interrupt(acknowledged.length, () => child.kill("SIGKILL"));
  }
  if ((await ended) !== "SIGKILL") throw new Error(`the writer ended by itself: ${complaint}`);
  return acknowledged;
}
