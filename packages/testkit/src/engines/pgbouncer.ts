import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, freePort, nobody, type ProcessOptions, start } from "./processes.ts";

const binary = "/usr/sbin/pgbouncer";

/** A pooler in transaction mode before a PostgreSQL that trusts its clients. */
export interface Pgbouncer {
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** Its program, or `undefined` where it is not installed. */
export const findPgbouncer = (): string | undefined => (existsSync(binary) ? binary : undefined);

/** `servers`: how many connections to the database all clients share. It refuses to run as root. */
export async function startPgbouncer(database: number, { servers }: { readonly servers: number }): Promise<Pgbouncer> {
  const as: ProcessOptions = process.getuid?.() === 0 ? nobody() : {};
  const base = mkdtempSync(join(tmpdir(), "stowage-pgbouncer-"));
  chmodSync(base, 0o755);
  const port = await freePort();
  const users = join(base, "users.txt");
  const settings = join(base, "pgbouncer.ini");
  writeFileSync(users, '"stowage" ""\n');
  writeFileSync(
    settings,
    [
      "[databases]",
      `postgres = host=127.0.0.1 port=${database} user=stowage`,
      "[pgbouncer]",
      ...["listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir =", "pool_mode = transaction"],
      ...["auth_type = trust", `auth_file = ${users}`, `default_pool_size = ${servers}`, "max_client_conn = 200"],
    ].join("\n"),
  );
  if (as.uid !== undefined && as.gid !== undefined) chownSync(base, as.uid, as.gid);
  const child = start(binary, [settings], as);
  let log = "";
  child.stderr?.on("data", (chunk) => {
    log = (log + chunk).slice(-4000);
  });
  for (const deadline = Date.now() + 20_000; !(await isOpen(port)); ) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`PgBouncer did not start:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    connectionString: `postgres://stowage@127.0.0.1:${port}/postgres`,
    async stop() {
      await end(child, "SIGTERM");
      rmSync(base, { recursive: true, force: true });
    },
  };
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
