// What the server costs, in three figures: overhead on top of the storage call, mixed reads in a second, and OTLP spans in a
// second with the memory they take. Everything on one machine, over loopback, on a libSQL file.
//
//   node --conditions=@stowage/source packages/server/bench/bench.ts [overhead|reads|otlp] [seconds]
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LibSQLStore } from "@stowage/libsql";
import { createServer } from "../src/index.ts";

const [only, given] = process.argv.slice(2);
const seconds = Number(given ?? 60);
const folder = mkdtempSync(join(tmpdir(), "stowage-bench-"));
const file = `file:${join(folder, "bench.db")}`;

console.log(`${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}, node ${process.version}`);
try {
  await seed();
  if (!only || only === "overhead") await overhead();
  if (!only || only === "reads") await reads();
  if (!only || only === "otlp") await otlp();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function seed() {
  const storage = new LibSQLStore({ id: "seed", url: file });
  const memory = (await storage.getStore("memory"))!;
  const observability = (await storage.getStore("observability"))!;
  for (let thread = 0; thread < 100; thread++) {
    const now = new Date();
    const threadId = `t${thread}`;
    const resourceId = `r${thread % 10}`;
    await memory.saveThread({ thread: { id: threadId, resourceId, title: "talk", createdAt: now, updatedAt: now } });
    const messages = Array.from({ length: 20 }, (_, index) => ({
      id: `${threadId}-${index}`,
      threadId,
      resourceId,
      role: "user",
      createdAt: new Date(now.getTime() + index),
      content: { format: 2 as const, parts: [{ type: "text", text: "word ".repeat(40) }] },
    }));
    await memory.saveMessages({ messages });
    const spans = Array.from({ length: 10 }, (_, index) => ({
      traceId: `tr${thread}`,
      spanId: `s${index}`,
      parentSpanId: index ? "s0" : null,
      name: "step",
      startedAt: now,
      endedAt: now,
      threadId,
    }));
    await observability.batchCreateSpans({ records: spans });
  }
  await storage.close();
}

function quantile(times: number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] as number;
}

/** One caller after the other, so that nothing waits for anything else. */
async function overhead() {
  const storage = new LibSQLStore({ id: "bench", url: file });
  const memory = (await storage.getStore("memory"))!;
  const server = createServer({ storage, port: 0 });
  const { port } = await server.listen();
  const agent = new Agent({ keepAlive: true });
  const ways = {
    storage: () => memory.listMessages({ threadId: "t1", page: 0, perPage: 20 }),
    "server without sockets": async () =>
      (await server.fetch(new Request("http://localhost/api/memory/threads/t1/messages?page=0&perPage=20"))).text(),
    "over HTTP": () => get(agent, port, "/api/memory/threads/t1/messages?page=0&perPage=20"),
    "over HTTP, one thread": () => get(agent, port, "/api/memory/threads/t1"),
  };
  // Turn by turn, so that a busy moment of the machine meets every way alike.
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = 0; round < 3000; round++) {
    for (const [name, call] of Object.entries(ways)) {
      const from = performance.now();
      await call();
      if (round >= 1000) times[name]?.push(performance.now() - from);
    }
  }
  console.log("overhead (20 messages of a thread; the route also looks the thread up), milliseconds");
  for (const [name, all] of Object.entries(times)) {
    console.log(`  ${name.padEnd(24)} median ${quantile(all, 0.5).toFixed(3)}  p95 ${quantile(all, 0.95).toFixed(3)}`);
  }
  agent.destroy();
  await server.close();
  await storage.close();
}

async function reads() {
  const { port, stop, child } = await startServer();
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const paths = [
    (n: number) => `/api/memory/threads/t${n % 100}`,
    (n: number) => `/api/memory/threads/t${n % 100}/messages?perPage=20`,
    (n: number) => `/api/memory/threads?resourceId=r${n % 10}&perPage=10`,
    (n: number) => `/api/observability/traces/light?threadId=t${n % 100}`,
    (n: number) => `/api/observability/traces/tr${n % 100}`,
  ];
  const times: number[] = [];
  let failed = 0;
  let next = 0;
  const run = async (until: number) => {
    while (Date.now() < until) {
      const number = next++;
      const from = performance.now();
      const status = await get(agent, port, paths[number % paths.length]!(number >> 3));
      times.push(performance.now() - from);
      if (status !== 200) failed++;
    }
  };
  await Promise.all(Array.from({ length: 16 }, () => run(Date.now() + 3000)));
  times.length = 0;
  const busy = cpuSeconds(child);
  const duration = Math.min(seconds, 20);
  await Promise.all(Array.from({ length: 16 }, () => run(Date.now() + duration * 1000)));
  console.log(
    `reads (5 routes, 16 connections, ${duration} s): ${Math.round(times.length / duration)} a second, median ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, ${failed} failed, ${(((cpuSeconds(child) - busy) / times.length) * 1000).toFixed(2)} ms of processor a request in the server`,
  );
  agent.destroy();
  await stop();
}

async function otlp() {
  const { port, stop, child } = await startServer();
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const spansOfBatch = 512;
  const batch = batchOf(spansOfBatch);
  let spans = 0;
  let refused = 0;
  let failed = 0;
  const memory: number[] = [];
  const residentMiB = () =>
    Math.round(Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0) / 1024);
  const until = Date.now() + seconds * 1000;
  const run = async () => {
    while (Date.now() < until) {
      const status = await get(agent, port, "/v1/traces", batch());
      if (status === 200) spans += spansOfBatch;
      else if (status === 503) {
        refused++;
        await sleep(50);
      } else failed++;
    }
  };
  const busy = cpuSeconds(child);
  const from = Date.now();
  const watch = setInterval(() => memory.push(residentMiB()), 5000);
  await Promise.all(Array.from({ length: 4 }, run));
  const elapsed = (Date.now() - from) / 1000;
  clearInterval(watch);
  console.log(
    `otlp (protobuf, ${spansOfBatch} spans a request, 4 connections, ${elapsed.toFixed(0)} s): ${Math.round(spans / elapsed)} spans a second, ${refused} told to wait, ${failed} failed, ${(((cpuSeconds(child) - busy) / spans) * 1e6).toFixed(0)} µs of processor a span in the server; memory of its own in MiB every 5 s (without the mapped database file): ${memory.join(" ")}`,
  );
  agent.destroy();
  await stop();
}

/** Processor time of a process so far: tells what work costs also when others keep the machine busy. */
function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  // User and system time, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Requests whose trace ids are new each time: the bytes of one, with the ids put in anew. */
function batchOf(count: number): () => Buffer {
  const varint = (size: number): number[] => (size < 0x80 ? [size] : [(size & 0x7f) | 0x80, ...varint(size >> 7)]);
  const block = (field: number, bytes: Iterable<number>) => {
    const all = [...bytes];
    return [(field << 3) | 2, ...varint(all.length), ...all];
  };
  const text = (field: number, value: string) => block(field, Buffer.from(value));
  const attribute = (field: number, key: string, value: string) =>
    block(field, [...text(1, key), ...block(2, text(1, value))]);
  const mark = Buffer.from("STOWAGE-TRACE-ID");
  const nanos = (field: number, at: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(at);
    return [(field << 3) | 1, ...bytes];
  };
  const start = BigInt(Date.now()) * 1_000_000n;
  const spans: number[] = [];
  for (let index = 0; index < count; index++) {
    // Ten spans a trace: a root and nine calls below it.
    const spanId = Buffer.alloc(8);
    spanId.writeUInt32BE(index + 1, 4);
    const parent = Buffer.alloc(8);
    parent.writeUInt32BE(index - (index % 10) + 1, 4);
    const span = [
      ...block(1, mark),
      ...block(2, spanId),
      ...(index % 10 ? block(4, parent) : []),
      ...text(5, index % 10 ? "chat" : "invoke_agent"),
      ...nanos(7, start),
      ...nanos(8, start + 1_000_000n),
      ...attribute(9, "gen_ai.operation.name", index % 10 ? "chat" : "invoke_agent"),
      ...attribute(9, "gen_ai.provider.name", "openai"),
      ...attribute(9, "gen_ai.request.model", "gpt-4o"),
      ...attribute(9, "gen_ai.conversation.id", "thread-1"),
      ...attribute(9, "note", "x".repeat(200)),
    ];
    spans.push(...block(2, span));
  }
  const template = Buffer.from(block(1, [...block(1, attribute(1, "service.name", "bench")), ...block(2, spans)]));
  const places: number[] = [];
  for (let at = template.indexOf(mark); at >= 0; at = template.indexOf(mark, at + 1)) places.push(at);
  return () => {
    const bytes = Buffer.from(template);
    let id = randomBytes(16);
    for (const [index, at] of places.entries()) {
      if (index % 10 === 0) id = randomBytes(16);
      id.copy(bytes, at);
    }
    return bytes;
  };
}

/** The command in a process of its own, as users run it. */
async function startServer(): Promise<{ port: number; child: ChildProcess; stop(): Promise<void> }> {
  const bin = join(import.meta.dirname, "../../cli/src/bin.ts");
  const child = spawn(process.execPath, [
    "--conditions=@stowage/source",
    bin,
    "serve",
    "--storage",
    file,
    "--port",
    "0",
  ]);
  child.stderr.pipe(process.stderr);
  const port = await new Promise<number>((resolve) => {
    child.stdout.on("data", (chunk) => {
      const found = /:(\d+)\n/.exec(String(chunk));
      if (found) resolve(Number(found[1]));
    });
  });
  return {
    port,
    child,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

function get(agent: Agent, port: number, path: string, body?: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        port,
        path,
        host: "127.0.0.1",
        ...(body && {
          method: "POST",
          headers: { "content-type": "application/x-protobuf", "content-length": body.length },
        }),
      },
      (response) => {
        response.resume();
        response.once("end", () => resolve(response.statusCode ?? 0));
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}
