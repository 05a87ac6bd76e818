import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { TaskName, Tasks } from "./tasks.ts";

export interface RunOptions {
  /** Use the packages' sources instead of what was built of them. */
  readonly source: boolean;
  /** Write a CPU profile into this folder. */
  readonly profile?: { readonly folder: string; readonly name: string };
}

const running = new Set<ChildProcess>();

/** Runs one task in a process of its own. */
export function runTask<Name extends TaskName>(
  name: Name,
  args: Parameters<Tasks[Name]>[0],
  { source, profile }: RunOptions,
): Promise<Awaited<ReturnType<Tasks[Name]>>> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "child.ts"), {
      execArgv: [
        "--expose-gc",
        ...(source ? ["--conditions=@stowage/source"] : []),
        ...(profile
          ? ["--cpu-prof", `--cpu-prof-dir=${profile.folder}`, `--cpu-prof-name=${profile.name}.cpuprofile`]
          : []),
      ],
      // What the packages log is nobody's business here.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    running.add(child);
    let complaints = "";
    let answer: { result?: unknown; error?: string } | undefined;
    child.stderr?.on("data", (text) => {
      complaints = `${complaints}${text}`.slice(-4000);
    });
    child.once("message", (message: typeof answer) => {
      answer = message;
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      running.delete(child);
      if (answer && !answer.error) resolve(answer.result as Awaited<ReturnType<Tasks[Name]>>);
      else reject(new Error(answer?.error ?? `the process ended with ${signal ?? code}: ${complaints.trim()}`));
    });
    child.send({ name, args });
  });
}

export function stopTasks(): void {
  for (const child of running) child.kill("SIGKILL");
}
