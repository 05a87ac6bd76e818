import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InMemoryStore, type ObservabilityStorage, StorageError } from "@stowage/core";
import { beforeEach, describe, expect, test } from "vitest";
import { type Drop, StorageExporter } from "../src/index.ts";

let folder: string;
let store: ObservabilityStorage;
let drops: Drop[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "stowage-spool-"));
  store = (await new InMemoryStore().getStore("observability")) as ObservabilityStorage;
  drops = [];
  return () => rmSync(folder, { recursive: true, force: true });
});

const exporterOf = (options: object = {}) =>
  new StorageExporter({
    storage: store,
    spool: { folder },
    maxRetries: 0,
    onDrop: (drop) => drops.push(drop),
    ...options,
  });

const end = (id: string) => ({
  type: "span_ended",
  exportedSpan: {
    id,
    traceId: id,
    name: id,
    type: "generic",
    isEvent: false,
    startTime: new Date(),
    endTime: new Date(),
  },
});

/** Makes the storage fail until the returned function is called. */
function takeAway(): () => void {
  const create = store.batchCreateSpans.bind(store);
  store.batchCreateSpans = async () => {
    throw new StorageError("away", { code: "unavailable" });
  };
  return () => {
    store.batchCreateSpans = create;
  };
}

const names = async () =>
  (await store.listTraces({ pagination: { perPage: 100 } })).spans.map(({ name }) => name).sort();

describe("what the spool holds", () => {
  test("comes back by itself when the database does, though nothing new is traced", async () => {
    const bringBack = takeAway();
    const exporter = exporterOf({ maxBatchWaitMs: 20 });
    exporter.onTracingEvent(end("a"));
    await exporter.flush();
    expect(readdirSync(folder)).toHaveLength(1);
    bringBack();
    for (let tries = 0; (await names()).length === 0 && tries < 200; tries++) await sleep(20);
    expect(await names()).toEqual(["a"]);
    await exporter.shutdown();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of a former process is written by a flush of the next one", async () => {
    const bringBack = takeAway();
    const first = exporterOf();
    first.onTracingEvent(end("a"));
    await first.shutdown();
    bringBack();
    const second = exporterOf();
    await second.flush();
    expect(await names()).toEqual(["a"]);
    await second.shutdown();
    expect(drops).toEqual([]);
  });

  test("a disk that fails is reported, and harms nobody", async () => {
    const bringBack = takeAway();
    const exporter = exporterOf({ spool: { folder: "/dev/null/spool" } });
    exporter.onTracingEvent(end("a"));
    await exporter.flush();
    expect(drops).toMatchObject([{ reason: "retry-exhausted", count: 1 }]);
    bringBack();
    exporter.onTracingEvent(end("b"));
    await exporter.shutdown();
    expect(await names()).toEqual(["b"]);
  });
});

test("a process that is killed loses nothing that it had spooled, and its last line may be cut off", async () => {
  const program = join(import.meta.dirname, "programs", "spool-writer.ts");
  const child = spawn(process.execPath, ["--conditions=@stowage/source", program, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // It names each span once the spool has it.
  let told = "";
  child.stdout.on("data", (chunk) => {
    told += chunk;
  });
  while (told.split("\n").length < 60) {
    await sleep(5);
    expect(child.exitCode).toBeNull();
  }
  const whileAlive = exporterOf();
  await whileAlive.flush();
  // The files are the living process's own.
  expect(await names()).toEqual([]);
  await whileAlive.shutdown();
  child.kill("SIGKILL");
  await once(child, "exit");
  const spooled = told.split("\n").slice(0, -1);
  const [file] = readdirSync(folder).sort();
  expect(statSync(join(folder, file as string)).size).toBeGreaterThan(0);

  const exporter = exporterOf();
  await exporter.flush();
  const found: string[] = [];
  for (const name of spooled) if (await store.getTrace({ traceId: name })) found.push(name);
  expect(found).toEqual(spooled);
  expect(drops).toEqual([]);
  await exporter.shutdown();
  expect(existsSync(join(folder, file as string)) && readFileSync(join(folder, file as string), "utf8")).toBe(false);
}, 60_000);
