import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, freePort, start } from "./processes.ts";

/** A Redis of one's own, on a free port of this machine, gone without trace when stopped. */
export interface RedisServer {
  readonly port: number;
  readonly connectionString: string;
  /** Runs a command on a connection of its own, in the server's inline form. Words must not need quotes. */
  command(...words: readonly string[]): Promise<string>;
  /** Kills the server, which loses what it had in memory only, and starts it again. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

const program = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].find((path) => existsSync(path));

/** Whether Debian's `redis-server`, or another one, is installed. */
export const findRedis = (): string | undefined => program;

/** Starts a server that writes every change to its file at once; with `cluster`, as the only node of a cluster. */
export async function startRedis(
  settings: Readonly<Record<string, string | number>> = {},
  { cluster = false }: { cluster?: boolean } = {},
): Promise<RedisServer> {
  if (!program) throw new Error("there is no redis-server on this machine");
  const folder = mkdtempSync(join(tmpdir(), "stowage-redis-"));
  const port = cluster ? await clusterPort() : await freePort();
  const options = {
    port,
    bind: "127.0.0.1",
    dir: folder,
    save: "",
    appendonly: "yes",
    appendfsync: "no",
    ...(cluster && { "cluster-enabled": "yes", "cluster-announce-ip": "127.0.0.1" }),
    ...settings,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const launch = async () => {
    const child = start(program, args);
    let log = "";
    child.stdout?.on("data", (chunk) => {
      log = (log + chunk).slice(-4000);
    });
    await untilReady(child, port, () => log);
    return child;
  };
  let server = await launch();
  if (cluster) await send(port, ["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
  if (cluster) await until(async () => (await send(port, ["CLUSTER", "INFO"])).includes("cluster_state:ok"));
  const whenLeft = () => server.kill("SIGKILL");
  process.on("exit", whenLeft);
  return {
    port,
    connectionString: `redis://127.0.0.1:${port}`,
    command: (...words) => send(port, words),
    async crashAndRestart() {
      await end(server, "SIGKILL");
      server = await launch();
    },
    async stop() {
      process.off("exit", whenLeft);
      await end(server, "SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Nodes of a cluster talk to each other on a second port, 10,000 above the first. */
async function clusterPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port < 55_000) return port;
    const lower = 20_000 + (port % 30_000);
    if ((await pinged(lower)) === "") return lower;
  }
}

async function untilReady(child: ChildProcess, port: number, log: () => string): Promise<void> {
  await until(async () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`Redis did not start:\n${log()}`);
    return (await pinged(port)).startsWith("+PONG");
  });
}

/** The first answer to a `PING`; empty when there is none. */
function pinged(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const done = (answer: string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(""));
    socket.on("error", () => done(""));
    socket.on("data", (chunk) => done(String(chunk)));
    socket.connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("Redis was not ready in time");
}

function send(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    let reply = "";
    socket.setTimeout(10_000, () => socket.destroy(new Error("Redis did not answer")));
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      reply += chunk;
    });
    socket.on("close", () => resolve(reply));
    // The server ends the connection after its last answer.
    socket.connect(port, "127.0.0.1", () => socket.write(`${words.join(" ")}\r\nQUIT\r\n`));
  });
}

/** A sentinel that watches a server. */
export interface RedisSentinel {
  readonly port: number;
  /** What it calls the server. */
  readonly name: string;
  stop(): Promise<void>;
}

/** Starts a sentinel beside the server on that port. */
export async function startRedisSentinel(master: number): Promise<RedisSentinel> {
  if (!program) throw new Error("there is no redis-server on this machine");
  const folder = mkdtempSync(join(tmpdir(), "stowage-sentinel-"));
  const port = await freePort();
  const settings = [`port ${port}`, "bind 127.0.0.1", `dir ${folder}`, `sentinel monitor main 127.0.0.1 ${master} 1`];
  const file = join(folder, "sentinel.conf");
  writeFileSync(file, `${settings.join("\n")}\n`);
  const child = start(program, [file, "--sentinel"]);
  let log = "";
  child.stdout?.on("data", (chunk) => {
    log = (log + chunk).slice(-4000);
  });
  await untilReady(child, port, () => log);
  return {
    port,
    name: "main",
    async stop() {
      await end(child, "SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
