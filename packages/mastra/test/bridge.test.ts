import { MastraError } from "@mastra/core/error";
import { Mastra } from "@mastra/core/mastra";
import { MastraCompositeStore, MemoryStorage, WorkflowsStorage } from "@mastra/core/storage";
import { InMemoryStore, MastraCompositeStore as StowageComposite } from "@stowage/core";
import { LibSQLStore } from "@stowage/libsql";
import { toMastraStorage } from "@stowage/mastra";
import { describe, expect, test, vi } from "vitest";
import { hostAwaitsInit } from "../src/host.ts";

// The traps of a host that proxies, mutates and initialises a storage object.

const silent = { debug() {}, info() {}, warn() {}, error: vi.fn(), trackException() {} };

test("storage and domains are instances of the application's own copy of core", async () => {
  const storage = toMastraStorage(new InMemoryStore({ id: "mine" }));
  expect(storage).toBeInstanceOf(MastraCompositeStore);
  expect(storage).toMatchObject({ id: "mine", name: "InMemoryStorage", disableInit: false });
  const memory = await storage.getStore("memory");
  expect(memory).toBeInstanceOf(MemoryStorage);
  expect(await storage.getStore("workflows")).toBeInstanceOf(WorkflowsStorage);
  expect(memory).toBe(storage.stores?.memory);
  expect(memory?.constructor.name).toBe("MemoryInMemory");
  expect(await storage.getStore("nothing" as never)).toBeUndefined();
});

test("each domain works in Mastra's composite store", async () => {
  const bridged = toMastraStorage(new InMemoryStore());
  const composite = new MastraCompositeStore({
    id: "host",
    default: bridged,
    domains: { memory: toMastraStorage(new InMemoryStore()).stores?.memory },
  });
  expect(await composite.getStore("workflows")).toBe(bridged.stores?.workflows);
  expect(await composite.getStore("memory")).not.toBe(bridged.stores?.memory);
});

test("what the host assigns into stores survives", async () => {
  const storage = toMastraStorage(new InMemoryStore());
  const mastra = new Mastra({ storage, logger: false });
  const late = { init: async () => {} };
  (storage.stores as Record<string, unknown>).backgroundTasks = late;
  expect(await storage.getStore("backgroundTasks" as never)).toBe(late);
  expect(await mastra.getStorage()?.getStore("backgroundTasks" as never)).toBe(late);
});

test("flags and synchronous members stay synchronous, before init too", () => {
  const { stores } = toMastraStorage(new LibSQLStore({ id: "lazy", url: ":memory:" }));
  const memory = stores?.memory as unknown as Record<string, unknown>;
  expect(memory.supportsObservationalMemory).toBe(true);
  expect(memory.supportsPartialThreadUpdate).toBe(true);
  expect(stores?.workflows?.supportsConcurrentUpdates()).toBe(true);
  expect(stores?.observability?.tracingStrategy).toEqual(stores?.observability?.observabilityStrategy);
});

describe("errors", () => {
  test("are the host's, with its prefix, our words, and the status its HTTP layer needs", async () => {
    const storage = toMastraStorage(new InMemoryStore());
    const memory = await storage.getStore("memory");
    const error = await memory
      ?.updateThread({ id: "nobody", title: "x", metadata: {} })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MastraError);
    expect(error).toMatchObject({
      id: "MASTRA_STORAGE_MEMORY_UPDATE_THREAD_NOT_FOUND",
      domain: "STORAGE",
      category: "USER",
      details: { threadId: "nobody", status: 404 },
    });
    expect((error as Error).message).toContain("not found");
  });

  test("keep the ids that callers match", async () => {
    const storage = toMastraStorage(new InMemoryStore());
    const agents = await storage.getStore("agents");
    const missing = agents?.update({ id: "nobody", status: "archived" });
    await expect(missing).rejects.toMatchObject({ id: "AGENT_NOT_FOUND" });
  });

  test("of the contract of observability keep their ids and their domain", async () => {
    const storage = toMastraStorage(new InMemoryStore());
    const observability = (await storage.getStore("observability")) as unknown as Record<
      string,
      (a: object) => Promise<unknown>
    >;
    await expect(observability.createSpan?.({ span: { spanId: "s" } })).rejects.toMatchObject({
      id: "OBSERVABILITY_TRACE_ID_REQUIRED",
      domain: "MASTRA_OBSERVABILITY",
    });
  });
});

describe("initialisation", () => {
  /** A storage whose database comes up late. */
  function lateStorage() {
    const storage = new InMemoryStore();
    const state = { isUp: false, attempts: 0 };
    const init = async () => {
      state.attempts++;
      if (!state.isUp) throw new Error("connection refused");
    };
    const domain = { init, listThings: async () => [] };
    const composite = new StowageComposite({ id: "late", default: storage, domains: { blobs: domain as never } });
    return { composite, state };
  }

  test("a failure is reported, and the next call tries again", async () => {
    const { composite, state } = lateStorage();
    const storage = toMastraStorage(composite);
    storage.__setLogger(silent as never);
    const outcome = await storage.init().then(
      () => "resolved",
      () => "rejected",
    );
    // A copy of core that fires init unobserved must not be ended by it.
    expect(outcome).toBe(hostAwaitsInit ? "rejected" : "resolved");
    expect(silent.error).toHaveBeenCalledOnce();
    await expect(storage.getStore("blobs" as never)).rejects.toThrow("connection refused");
    state.isUp = true;
    expect(await storage.getStore("blobs" as never)).toBeDefined();
    await storage.init();
    expect(state.attempts).toBe(4);
  });

  test("a host on a database that is down starts, and ends no process", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { composite } = lateStorage();
    const storage = toMastraStorage(composite);
    const mastra = new Mastra({ storage, logger: false });
    const outcome = mastra.getStorage()?.getStore("memory");
    // The newer host awaits its init and so hears of the failure; the older one never looks.
    if (hostAwaitsInit) await expect(outcome).rejects.toThrow("connection refused");
    else await outcome;
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

test("prune and close reach the storage", async () => {
  const stowage = new InMemoryStore({ retention: { memory: { messages: { maxAge: "30d" } } } });
  const storage = toMastraStorage(stowage) as MastraCompositeStore & {
    prune(): Promise<{ domain: string; done: boolean }[]>;
    close(): Promise<void>;
  };
  expect(await storage.prune()).toMatchObject([{ domain: "memory", done: true }]);
  await storage.close();
  const memory = await stowage.stores.memory?.getThreadById({ threadId: "t" }).catch((error: unknown) => error);
  expect(memory).toMatchObject({ code: "closed" });
});
