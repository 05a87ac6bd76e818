import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

const bin = join(import.meta.dirname, "..", "src", "bin.ts");

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The real command in a folder of its own; the folder and what still runs are gone after each test. */
export function shell() {
  let folder = "";
  let children: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stowage-cli-"));
  });
  afterEach(() => {
    for (const child of children) child.kill("SIGKILL");
    children = [];
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (args: string[], env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, ["--conditions=@stowage/source", bin, ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    children.push(child);
    return child;
  };
  return {
    folder: () => folder,
    /** Runs a command to its end. */
    run(args: string[], { input, env }: { input?: string; env?: Record<string, string> } = {}): Promise<Finished> {
      const child = start(args, env);
      child.stdin.end(input);
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk) => (stdout += chunk));
      child.stderr.on("data", (chunk) => (stderr += chunk));
      return new Promise((done) => child.once("close", (code) => done({ code, stdout, stderr })));
    },
    /** Starts a command that serves, and gives its address; rejects with what it said when it ends instead. */
    async listen(args: string[], env?: Record<string, string>): Promise<{ url: string; child: ChildProcess }> {
      const child = start(args, env);
      let output = "";
      child.stderr.on("data", (chunk) => (output += chunk));
      const url = await new Promise<string>((resolve, reject) => {
        child.stdout.on("data", (chunk) => {
          output += chunk;
          const found = /http:\/\/\S+/.exec(output);
          if (found) resolve(found[0]);
        });
        child.once("exit", (code) => reject(new Error(`${code}: ${output}`)));
      });
      return { url, child };
    },
  };
}
