import { type Engine, StorageError } from "@stowage/core/engine";
import { chaos, forward } from "@stowage/core/layers";
import { describe, expect, test } from "vitest";
import { fd } from "../field-defect.ts";
import { type DomainContext, type DomainKey, domainKeys } from "./context.ts";

interface AnyDomain {
  init(): Promise<void>;
  dangerouslyClearAll(): Promise<void>;
}

interface PrunedDomain {
  readonly constructor: { readonly retentionTables: Readonly<Record<string, unknown>> };
  prune(policies: Record<string, unknown>): Promise<object[]>;
}

/** What every storage object promises about its beginning and its end, whatever is kept in it. */
export function startAndEndSuite(context: DomainContext, keys: readonly DomainKey[]): void {
  describe("start", () => {
    fd("FD-146", "every domain is there, the same object each time", async () => {
      const storage = await context.open();
      for (const key of keys) {
        const store = await storage.getStore(key);
        expect(store, key).toBeDefined();
        expect(await storage.getStore(key), key).toBe(store);
      }
    });

    fd("FD-158", "making a storage object asks nothing of the database", async () => {
      const { calls, wrap } = counted();
      await context.open({ wrap });
      expect(calls).toEqual([]);
    });

    for (const key of keys) {
      fd("FD-090", `${key} may be the first thing used on an empty database`, async () => {
        const storage = await context.open();
        const store = (await storage.getStore(key)) as AnyDomain;
        await store.dangerouslyClearAll();
      });

      test(`${key} says which store, domain and operation failed`, async () => {
        const { wrap, fail } = breakable();
        const storage = await context.open({ wrap });
        await storage.init();
        fail();
        const store = (await storage.getStore(key)) as AnyDomain;
        const error = await store.dangerouslyClearAll().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).toMatchObject({
          code: "internal",
          id: expect.stringMatching(/^STOWAGE_[A-Z0-9_]+_DANGEROUSLY_CLEAR_ALL_/),
          details: { domain: key, operation: "dangerouslyClearAll" },
        });
      });
    }

    fd("FD-091", "fifty initialisations at once are one", async () => {
      const { calls, wrap } = counted();
      const storage = await context.open({ wrap });
      await Promise.all(Array.from({ length: 50 }, () => storage.init()));
      expect(calls.filter((call) => call === "converge")).toHaveLength(1);
    });

    test("first uses at once share one initialisation", async () => {
      const { calls, wrap } = counted();
      const storage = await context.open({ wrap });
      await Promise.all(keys.map(async (key) => ((await storage.getStore(key)) as AnyDomain).dangerouslyClearAll()));
      expect(calls.filter((call) => call === "converge")).toHaveLength(1);
    });

    test("after an initialisation that failed the next call tries again", async () => {
      const error = () => new StorageError("planted", { code: "permission" });
      const storage = await context.open({ wrap: chaos({ failCall: 1, verbs: ["converge"], error }) });
      await expect(storage.init()).rejects.toMatchObject({ code: "permission" });
      await storage.init();
      for (const key of keys) await ((await storage.getStore(key)) as AnyDomain).dangerouslyClearAll();
    });

    test.runIf(context.canReopen)("several storage objects may start on one empty database at once", async () => {
      const first = await context.open();
      const all = [first, ...(await Promise.all(Array.from({ length: 3 }, () => context.reopen(first))))];
      await Promise.all(all.map((storage) => storage.init()));
      for (const storage of all) {
        for (const key of keys) await ((await storage.getStore(key)) as AnyDomain).dangerouslyClearAll();
      }
    });

    fd(
      "FD-096",
      "with automatic initialisation off, the schema is made by a deliberate init and by nothing else",
      async () => {
        const { calls, wrap } = counted();
        const storage = await context.open({ wrap, disableInit: true });
        for (const key of keys) {
          const store = (await storage.getStore(key)) as AnyDomain;
          await store.dangerouslyClearAll().catch(() => {});
        }
        expect(calls).not.toContain("converge");
        await storage.init();
        expect(calls.filter((call) => call === "converge")).toHaveLength(1);
        for (const key of keys) await ((await storage.getStore(key)) as AnyDomain).dangerouslyClearAll();
      },
    );
  });

  describe("retention", () => {
    /** What grows with use, by the keys of the policies; other tables hold what people made and keep. */
    const growing: Partial<Record<DomainKey, readonly string[]>> = {
      memory: ["messages", "resources", "threads"],
      workflows: ["workflowSnapshot"],
      scores: ["evals", "scorers"],
      observability: ["feedback", "logs", "metrics", "scores", "spans", "traces"],
      experiments: ["experiments"],
    };
    for (const key of keys) {
      test(`FD-130 FD-156: every table of ${key} that grows has a rule, and pruning goes by it`, async () => {
        const storage = await context.open();
        const store = (await storage.getStore(key)) as PrunedDomain;
        const tables = Object.keys(store.constructor.retentionTables).sort();
        expect(tables).toEqual(growing[key] ?? []);
        const results = await store.prune(Object.fromEntries(tables.map((table) => [table, { maxAge: "1d" }])));
        expect(results.length).toBeGreaterThanOrEqual(tables.length);
        for (const result of results) expect(result).toMatchObject({ domain: key, deleted: 0, done: true });
      });
    }
  });

  describe("end", () => {
    fd("FD-020", "closing is idempotent, also at the same time and before the first use", async () => {
      const storage = await context.open();
      await storage.init();
      await Promise.all([storage.close?.(), storage.close?.()]);
      await storage.close?.();
      await (await context.open()).close?.();
    });

    fd("FD-021", "close waits for what is under way, and nothing reaches the database after it", async () => {
      const { calls, wrap } = counted();
      const storage = await context.open({ wrap });
      const work = keys.map(async (key) => ((await storage.getStore(key)) as AnyDomain).dangerouslyClearAll());
      const settled = Promise.allSettled(work);
      await Promise.resolve();
      await storage.close?.();
      const before = calls.length;
      for (const outcome of await settled) {
        if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "closed" });
      }
      expect(calls).toHaveLength(before);
    });

    test("a closed storage refuses work", async () => {
      const storage = await context.open();
      const stores = await Promise.all(
        domainKeys.filter((key) => keys.includes(key)).map((key) => storage.getStore(key)),
      );
      await storage.close?.();
      for (const store of stores) {
        await expect((store as AnyDomain).dangerouslyClearAll()).rejects.toMatchObject({ code: "closed" });
      }
    });
  });
}

/** An engine that fails from a moment on. */
function breakable() {
  let isBroken = false;
  const whole =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (isBroken) throw new Error("planted");
      return call(...args);
    };
  const wrap = (engine: Engine): Engine =>
    forward(engine, {
      read: whole(engine.read.bind(engine)) as Engine["read"],
      write: whole(engine.write.bind(engine)),
      removeRange: whole(engine.removeRange.bind(engine)),
    });
  const fail = () => {
    isBroken = true;
  };
  return { wrap, fail };
}

/** Notes which verbs reach the engine. */
function counted() {
  const calls: string[] = [];
  const note =
    <Args extends unknown[], Result>(verb: string, call: (...args: Args) => Promise<Result>) =>
    (...args: Args): Promise<Result> => {
      calls.push(verb);
      return call(...args);
    };
  const wrap = (engine: Engine): Engine =>
    forward(engine, {
      converge: note("converge", engine.converge.bind(engine)),
      read: note("read", engine.read.bind(engine)) as Engine["read"],
      write: note("write", engine.write.bind(engine)),
      removeRange: note("removeRange", engine.removeRange.bind(engine)),
    });
  return { calls, wrap };
}
