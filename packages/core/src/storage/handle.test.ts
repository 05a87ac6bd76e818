import { expect, test } from "vitest";
import { text } from "../engine/column.ts";
import type { Engine } from "../engine/engine.ts";
import { MemoryEngine } from "../engine/memory/memory-engine.ts";
import { get, insert } from "../engine/operations.ts";
import { defineTable } from "../engine/table.ts";
import { StorageError } from "../errors.ts";
import { forward } from "../layers/stack.ts";
import { type AdapterDefinition, AdapterStore, adapterDomains, type StoreOptions } from "./adapter.ts";
import { StorageHandle } from "./handle.ts";

const notes = defineTable("notes", { id: text() }, { key: ["id"] });

/** An in-memory engine whose writes wait for `release`, and that records what reached it. */
function slowEngine() {
  const inner = new MemoryEngine();
  const seen: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const engine: Engine = forward(inner, {
    converge: async (tables) => {
      seen.push("converge");
      return inner.converge(tables);
    },
    write: async (ops) => {
      await gate;
      seen.push("write");
      return inner.write(ops);
    },
    close: async () => {
      seen.push("close");
      await inner.close();
    },
  });
  return { engine, seen, release };
}

test("the first use converges the tables, once for callers that arrive together", async () => {
  const { engine, seen } = slowEngine();
  const { context } = new StorageHandle({ engine, storeName: "TEST", tables: [notes] });
  await Promise.all([1, 2, 3].map(() => context.engine.read([get(notes, [["a"]])])));
  expect(seen).toEqual(["converge"]);
});

test("FD-021 close waits for writes in flight, and refuses what comes after", async () => {
  const { engine, seen, release } = slowEngine();
  const handle = new StorageHandle({ engine, storeName: "TEST", tables: [notes] });
  const write = handle.context.engine.write([insert(notes, { id: "a" })]);
  const closed = handle.close();
  await expect(handle.context.engine.read([get(notes, [["a"]])])).rejects.toMatchObject({ code: "closed" });
  release();
  await write;
  await closed;
  expect(seen).toEqual(["converge", "write", "close"]);
});

test("disableInit: nothing converges by itself", async () => {
  const { engine, seen } = slowEngine();
  const { context } = new StorageHandle({ engine, storeName: "TEST", tables: [notes], disableInit: true });
  await context.engine.read([get(notes, [["a"]])]);
  expect(seen).toEqual([]);
  await context.init();
  expect(seen).toEqual(["converge"]);
});

test("an initialisation that fails at a first use says so, to each caller in words of its own", async () => {
  const engine = forward(new MemoryEngine(), {
    converge: () => Promise.reject(new StorageError("the database cannot be reached", { code: "unavailable" })),
  });
  const definition: AdapterDefinition<StoreOptions> = { className: "DownStore", storeName: "DOWN", open: () => engine };
  const storage = new AdapterStore(definition, { id: "down" }, adapterDomains(definition, "Down"));
  const [memory, scores, thread] = await Promise.allSettled([
    storage.getStore("memory"),
    storage.getStore("scores"),
    storage.stores?.memory?.getThreadById({ threadId: "t" }),
  ]).then((outcomes) => outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason : undefined)));
  expect(memory).toMatchObject({ id: "STOWAGE_DOWN_INIT_FAILED", details: { domain: "memory", operation: "init" } });
  expect(scores).toMatchObject({ id: "STOWAGE_DOWN_INIT_FAILED", details: { domain: "scores", operation: "init" } });
  expect(thread).toMatchObject({ id: "STOWAGE_DOWN_GET_THREAD_BY_ID_FAILED", code: "unavailable" });
});
