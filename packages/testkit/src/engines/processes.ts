import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";

/** A port of this machine that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Runs a program to its end. @throws Error with what it wrote when it fails. */
export function runToEnd(command: string, args: readonly string[], options: ProcessOptions = {}): Promise<string> {
  const child = start(command, args, options);
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(output) : reject(new Error(`${command} failed:\n${output}`))));
  });
}

export interface ProcessOptions {
  /** The user and group the program runs as. */
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether its standard input is a pipe. Default: it has none. */
  readonly takesInput?: boolean;
}

export const start = (
  command: string,
  args: readonly string[],
  { takesInput = false, ...options }: ProcessOptions = {},
): ChildProcess => spawn(command, [...args], { stdio: [takesInput ? "pipe" : "ignore", "pipe", "pipe"], ...options });

/** The user that servers run as which refuse to run as root. */
export function nobody(): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** Ends a process and waits until it is gone. */
export function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("close", () => resolve());
    child.kill(signal);
  });
}
