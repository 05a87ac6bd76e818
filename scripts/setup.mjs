// Plain JavaScript for any Node from 18 on: it runs before anything is installed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");

/** Workspace packages resolve to their TypeScript sources under this condition, so nothing has to be built first. */
export const sourceCondition = "--conditions=@stowage/source";

const passedOn = ["SIGINT", "SIGTERM", "SIGHUP"];
const parent = process.ppid;
let interruptedBy;

/** Whether this process was asked to stop while a command ran; the callers then start nothing more. */
export const interrupted = () => interruptedBy !== undefined;

/**
 * Runs a command from the repository root with the pinned Node first on the PATH, and resolves to its exit code
 * (128 + n when signal n ended it). A missing command is an error, not a code.
 */
export function run(command, args, { env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ...env, PATH: `${bin}${delimiter}${process.env.PATH}` },
      shell: process.platform === "win32",
    });
    const passOn = (signal) => {
      interruptedBy = signal;
      // A terminal sends Ctrl-C to the whole group itself; a second one would make the child skip its clean-up.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of passedOn) process.on(signal, passOn);
    // npm ends the shell between itself and this process, and a shell takes no one with it.
    const orphaned = setInterval(() => process.ppid !== parent && passOn("SIGTERM"), 500);
    const done = () => {
      clearInterval(orphaned);
      for (const signal of passedOn) process.off(signal, passOn);
    };
    child.once("error", (error) => {
      done();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      done();
      const endedBy = signal ?? interruptedBy;
      resolve(endedBy ? 128 + constants.signals[endedBy] : code);
    });
  });
}

/** Runs a Node program with the pinned Node. */
export const runNode = (args, options) => run("node", args, options);

const readLock = (path) => JSON.parse(readFileSync(join(root, path), "utf8")).packages;

/** The packages of the lockfile that workspaces need, to run and to be built, by their paths in it. */
function neededBy(workspaces, packages) {
  const needed = new Set();
  const add = (from, names) => {
    for (const name of Object.keys(names ?? {})) {
      // As Node looks a package up: in the folder that asks, then in each above it.
      const steps = from.split("/");
      const paths = steps.map((_, at) => [...steps.slice(0, steps.length - at), "node_modules", name].join("/"));
      const path = [...paths, `node_modules/${name}`].find((each) => packages[each]);
      if (!path || needed.has(path)) continue;
      needed.add(path);
      const home = packages[path].link ? packages[path].resolved : path;
      add(home, { ...packages[home].dependencies, ...packages[home].optionalDependencies });
    }
  };
  for (const workspace of workspaces) {
    const { dependencies, devDependencies } = packages[workspace];
    add(workspace, { ...dependencies, ...devDependencies });
  }
  return needed;
}

/** The reason to install, or undefined when what is installed is what the lockfile says. */
function reasonToInstall(workspaces) {
  if (!existsSync(join(root, "node_modules", ".package-lock.json"))) return "nothing is installed yet";
  const packages = readLock("package-lock.json");
  const installed = readLock("node_modules/.package-lock.json");
  const needed = workspaces && neededBy(workspaces, packages);
  const stale = Object.entries(packages).find(([path, { version, optional, devOptional }]) => {
    if (needed && !needed.has(path)) return false;
    // The lockfile also lists the workspaces themselves, and optional packages for other platforms.
    if (!/(^|\/)node_modules\//.test(path)) return false;
    return installed[path] ? installed[path].version !== version : !(optional || devOptional);
  });
  return stale && `${stale[0].replace(/^.*node_modules\//, "")} is not installed as locked`;
}

/**
 * Installs the dependencies when they are missing or differ from the lockfile: all of them, or only those of some
 * workspaces, since the engines of the tests are gigabytes. Resolves to an exit code.
 */
export async function setUp({ workspaces } = {}) {
  const reason = reasonToInstall(workspaces);
  if (!reason) return 0;
  const fresh = !existsSync(join(root, "node_modules"));
  console.log(`Setting up: ${reason}. Installing dependencies, this takes about a minute.`);
  const started = Date.now();
  // Warnings are left out because npm compares every package's engines with the Node that runs npm, not the pinned one.
  const args = [fresh ? "ci" : "install", "--include=optional", "--include=dev", "--no-save", "--loglevel=error"];
  if (workspaces && fresh) args.push(...workspaces.map((workspace) => `--workspace=${workspace}`));
  const code = await run("npm", args);
  if (code !== 0) {
    console.error(`Setting up failed: npm ${args[0]} ended with code ${code}.`);
    return code;
  }
  if (!existsSync(join(bin, "node")) && !usable(process.versions.node)) {
    console.error(
      `No Node is packaged for ${process.platform} ${process.arch}; install Node 22.18 or newer and try again.`,
    );
    return 1;
  }
  console.log(`Set up in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
  return 0;
}

/** Node runs TypeScript without a flag from 22.18 on. */
function usable(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}
