import type { ChildProcess } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, freePort, nobody, type ProcessOptions, start } from "./processes.ts";

/** A MariaDB of one's own, on a free port of this machine, gone without trace when stopped. */
export interface MariadbServer {
  readonly port: number;
  /** As the user `stowage`, who may do everything and has no password; the database is `stowage`. */
  readonly connectionString: string;
  /** Kills the server in the middle of whatever it does, and starts it again on the same data. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

const scripts = "/usr/share/mysql";

/** The program of Debian's `mariadb-server-core`, or `undefined` where it is not installed. */
export function findMariadb(): string | undefined {
  return ["/usr/sbin/mariadbd"].find(
    (path) => existsSync(path) && existsSync(join(scripts, "mysql_system_tables.sql")),
  );
}

/** Starts a server that waits for no disk. It refuses to run as root, so it then runs as the user `nobody`. */
export async function startMariadb(settings: Readonly<Record<string, string | number>> = {}): Promise<MariadbServer> {
  const program = findMariadb();
  if (!program) throw new Error("there is no MariaDB on this machine");
  const as: ProcessOptions = process.getuid?.() === 0 ? nobody() : {};
  const base = mkdtempSync(join(tmpdir(), "stowage-mariadb-"));
  const data = join(base, "data");
  mkdirSync(join(data, "mysql"), { recursive: true });
  for (const path of [base, data, join(data, "mysql")]) {
    if (as.uid !== undefined && as.gid !== undefined) chownSync(path, as.uid, as.gid);
    chmodSync(path, 0o700);
  }
  const port = await freePort();
  const options = {
    datadir: data,
    tmpdir: base,
    socket: join(base, "socket"),
    "pid-file": join(base, "pid"),
    "bind-address": "127.0.0.1",
    port,
    "skip-name-resolve": 1,
    // What is committed outlives the server, though not the machine.
    "innodb-flush-log-at-trx-commit": 2,
    "innodb-use-native-aio": 0,
    "innodb-buffer-pool-size": "64M",
    "max-connections": 200,
    ...settings,
  };
  const args = ["--no-defaults", ...Object.entries(options).map(([key, value]) => `--${key}=${value}`)];
  await bootstrap(program, args, as);
  const launch = async () => {
    const child = start(program, args, as);
    const log = lastLines(child);
    await untilReady(child, port, log);
    return child;
  };
  let server = await launch();
  const whenLeft = () => server.kill("SIGKILL");
  process.on("exit", whenLeft);
  return {
    port,
    connectionString: `mysql://stowage@127.0.0.1:${port}/stowage`,
    async crashAndRestart() {
      await end(server, "SIGKILL");
      server = await launch();
    },
    async stop() {
      process.off("exit", whenLeft);
      await end(server, "SIGKILL");
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Makes the tables the server keeps for itself, a user and a database. */
async function bootstrap(program: string, args: readonly string[], as: ProcessOptions): Promise<void> {
  const child = start(program, [...args, "--bootstrap"], { ...as, takesInput: true });
  const log = lastLines(child);
  const text = (name: string) => readFileSync(join(scripts, name), "utf8");
  const done = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  child.stdin?.end(
    [
      "USE mysql;\nSET @auth_root_socket = NULL;",
      text("mysql_system_tables.sql"),
      text("mysql_system_tables_data.sql"),
      "FLUSH PRIVILEGES;",
      "CREATE USER stowage@'%';",
      "GRANT ALL ON *.* TO stowage@'%' WITH GRANT OPTION;",
      "CREATE DATABASE stowage;\n",
    ].join("\n"),
  );
  if ((await done) !== 0) throw new Error(`MariaDB could not be set up:\n${log()}`);
}

function lastLines(child: ChildProcess): () => string {
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      log = (log + chunk).slice(-4000);
    });
  }
  return () => log;
}

async function untilReady(child: ChildProcess, port: number, log: () => string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`MariaDB did not start:\n${log()}`);
    if (await greets(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`MariaDB was not ready in time:\n${log()}`);
}

/** A server that takes sessions begins with the version of its protocol, 10. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const done = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(1000, () => done(false));
    socket.on("error", () => done(false));
    socket.on("data", (data) => done(data[4] === 10));
    socket.connect(port, "127.0.0.1");
  });
}
