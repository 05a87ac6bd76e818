import { type ChildProcess, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { end, freePort, start } from "./processes.ts";

/** What the server says it is: a member of a replica set, which has transactions, or a standalone, which has none. */
export type MongoKind = "replica-set" | "standalone";

/** A MongoDB of one's own, on a free port of this machine, gone without trace when stopped. */
export interface MongoServer {
  readonly port: number;
  readonly uri: string;
  /** Stops the server at once, without telling its clients, and starts it on the same data and port, as another kind if told. */
  crashAndRestart(kind?: MongoKind): Promise<void>;
  stop(): Promise<void>;
}

/** SecantusDB from PyPI speaks MongoDB's protocol, transactions included, over MongoDB's own storage engine. */
const release = "secantusdb==0.7.0b3";

/**
 * Where the server is installed. At the first use it is installed there with pip; several processes may do that at once.
 * `undefined` where that fails.
 */
export function findMongo(): string | undefined {
  const cache = join(import.meta.dirname, "../../../../node_modules/.cache/stowage");
  const target = join(cache, release.replace("==", "-"));
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const draft = mkdtempSync(`${target}-`);
  const args = ["-m", "pip", "install", "--quiet", "--no-input", "--target", draft, release];
  const { status } = spawnSync("python3", args, { stdio: "ignore", timeout: 300_000 });
  if (status !== 0 || existsSync(target)) rmSync(draft, { recursive: true, force: true });
  else renameSync(draft, target);
  return existsSync(target) ? target : undefined;
}

/**
 * Runs the server, without the log for change streams, and with instants beyond Python's own as the nearest of these (a bound
 * of a walk may be one). A transaction whose client is gone is given up after 5 seconds, not after 60. Where SecantusDB by
 * itself does otherwise than mongod:
 *
 * - A bulkWrite may begin a transaction: SecantusDB does not know the read concern that comes along, and gives a transaction one
 *   snapshot anyway.
 * - The reads of a snapshot session see one moment, whose time the first answer tells; SecantusDB reads what there is just now.
 * - A standalone refuses transactions; SecantusDB would run them there too.
 */
const front = `
import itertools
import sys
import threading
import time as clock
import bson
from bson.codec_options import CodecOptions, DatetimeConversion
import secantus.cli as cli
import secantus.server as server

kind, port, folder, durable = sys.argv[1:5]
known = server.dispatch

def dispatch(doc, ctx):
    if "bulkWrite" in doc:
        doc.pop("readConcern", None)
    elif "txnNumber" not in doc and doc.get("readConcern", {}).get("level") == "snapshot":
        return at_snapshot(doc, ctx)
    return known(doc, ctx)

# The moments that snapshot sessions read at, by session: a transaction each, which holds back the storage's own cleaning, so
# that it ends with the next moment of its session, or when nobody has read there for ten seconds.
moments = {}
changing = threading.Lock()
times = itertools.count(1)

class Moment:
    def __init__(self, session, storage):
        self.session = session
        self.storage = storage
        self.time = bson.Timestamp(next(times), 1)
        self.handle = storage.begin_user_transaction()
        self.used = clock.monotonic()
        self.reading = threading.Lock()

def end_those(are_over):
    with changing:
        over = [moment for moment in moments.values() if are_over(moment)]
        for moment in over:
            del moments[moment.session]
    for moment in over:
        # Whoever reads there just now has it to the end.
        with moment.reading:
            if not moment.handle.closed:
                moment.storage.abort_user_transaction(moment.handle)

# In a thread of its own: no command, least of all a client's question whether the server is there, waits for the storage.
def tidy():
    while True:
        clock.sleep(1)
        long_ago = clock.monotonic() - 10
        end_those(lambda moment: moment.used < long_ago and not moment.reading.locked())

threading.Thread(target=tidy, daemon=True).start()

def at_snapshot(doc, ctx):
    session = bytes(doc["lsid"]["id"])
    time = doc["readConcern"].pop("atClusterTime", None)
    if time is None:
        end_those(lambda moment: moment.session == session)
        moment = Moment(session, ctx.storage)
        time = moment.time
        with changing:
            moments[session] = moment
    else:
        moment = moments.get(session)
    too_old = {"ok": 0.0, "errmsg": "the snapshot is too old", "code": 239, "codeName": "SnapshotTooOld"}
    if not moment or moment.time != time:
        return too_old
    doc["readConcern"]["level"] = "majority"
    with moment.reading:
        if moment.handle.closed:
            return too_old
        with moment.storage.use_user_transaction(moment.handle):
            answer = known(doc, ctx)
        moment.used = clock.monotonic()
    if "cursor" in answer:
        answer["cursor"]["atClusterTime"] = time
    return answer

def without_transactions(doc, ctx):
    if "txnNumber" not in doc:
        return dispatch(doc, ctx)
    errmsg = "Transaction numbers are only allowed on a replica set member or mongos"
    return {"ok": 0.0, "errmsg": errmsg, "code": 20, "codeName": "IllegalOperation"}

decode = bson.decode
clamped = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_CLAMP)
bson.decode = lambda data, options=None: decode(data, options or clamped)

class Storage(server.Storage):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{**kwargs, "enable_oplog": False})

server.Storage = Storage
Server = cli.SecantusDBServer

def launched(*args, **kwargs):
    name = kwargs["replica_set_name"] and "rs0"
    return Server(*args, **{**kwargs, "replica_set_name": name, "transaction_lifetime_seconds": 5.0})

cli.SecantusDBServer = launched
arguments = ["--port", port, "--storage-path", folder, "--log-level", "ERROR", "--cache-size", "256M"]
if durable == "true":
    arguments.append("--sync-on-commit")
server.dispatch = dispatch
if kind == "standalone":
    server.dispatch = without_transactions
    arguments.append("--standalone")
sys.exit(cli.main(arguments))
`;

export interface MongoOptions {
  /** Syncs the disk at each commit, for tests that crash the server. Slow; default `false`. */
  readonly isDurable?: boolean;
  /** Runs SecantusDB as its own command does, with what it does otherwise than mongod. Default `false`. */
  readonly isPlain?: boolean;
}

/** Starts a server. */
export async function startMongo(
  kind: MongoKind,
  { isDurable = false, isPlain = false }: MongoOptions = {},
): Promise<MongoServer> {
  const target = findMongo();
  if (!target) throw new Error("SecantusDB cannot be installed on this machine");
  const base = mkdtempSync(join(tmpdir(), "stowage-mongodb-"));
  const port = await freePort();
  const env = { ...process.env, PYTHONPATH: target, PYTHONDONTWRITEBYTECODE: "1" };
  const launch = async (kind: MongoKind) => {
    const folder = join(base, "data");
    const plain = ["-m", "secantus", "--port", String(port), "--storage-path", folder];
    const args = isPlain
      ? [...plain, ...(kind === "standalone" ? ["--standalone"] : [])]
      : ["-c", front, kind, String(port), folder, String(isDurable)];
    const child = start("python3", args, { env });
    let log = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        log = (log + chunk).slice(-4000);
      });
    }
    await untilListening(child, port, () => log);
    return child;
  };
  let server = await launch(kind);
  const whenLeft = () => server.kill("SIGKILL");
  process.on("exit", whenLeft);
  return {
    port,
    uri: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    async crashAndRestart(as = kind) {
      await end(server, "SIGKILL");
      server = await launch(as);
    },
    async stop() {
      process.off("exit", whenLeft);
      await end(server, "SIGKILL");
      rmSync(base, { recursive: true, force: true });
    },
  };
}

async function untilListening(child: ChildProcess, port: number, log: () => string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`MongoDB did not start:\n${log()}`);
    if (await takesConnections(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`MongoDB was not ready in time:\n${log()}`);
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const done = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.on("error", () => done(false));
    socket.on("connect", () => done(true));
    socket.connect(port, "127.0.0.1");
  });
}
