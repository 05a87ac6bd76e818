import type { MastraDBMessage, MemoryStorage, StorageThreadType } from "@stowage/core";
import type { Engine, Find, Page, ReadOp, WriteOp } from "@stowage/core/engine";
import { StorageError } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import { expect } from "vitest";
import type { DomainContext } from "../context.ts";

/** An instant of the tests: `n` milliseconds after a fixed day. */
export const at = (n: number): Date => new Date(Date.UTC(2026, 0, 10) + n);

export const thread = (id: string, rest: Partial<StorageThreadType> = {}): StorageThreadType => ({
  id,
  resourceId: "alice",
  createdAt: at(0),
  updatedAt: at(0),
  ...rest,
});

/** A message with one text part. */
export const message = (id: string, rest: Partial<MastraDBMessage> = {}): MastraDBMessage => ({
  id,
  threadId: "t",
  resourceId: "alice",
  role: "user",
  createdAt: at(0),
  content: { format: 2, parts: [{ type: "text", text: `text of ${id}` }] },
  ...rest,
});

export const messages = (count: number, make: (index: number) => Partial<MastraDBMessage> = () => ({})) =>
  Array.from({ length: count }, (_, index) => message(`m${index}`, { createdAt: at(index), ...make(index) }));

export const idsOf = (list: readonly { id: string }[]): string[] => list.map(({ id }) => id);

/** A fresh store with threads of the given ids. */
export async function storeWith(context: DomainContext, ...ids: string[]): Promise<MemoryStorage> {
  const store = await context.store<MemoryStorage>("memory");
  for (const id of ids) await store.saveThread({ thread: thread(id) });
  return store;
}

/** All messages of a thread, oldest first. */
export const allOf = async (store: MemoryStorage, threadId: string | string[]): Promise<MastraDBMessage[]> =>
  (await store.listMessages({ threadId, perPage: false })).messages;

/** The operations that reach the engine, call by call. */
export interface Calls {
  readonly reads: (readonly ReadOp[])[];
  readonly writes: (readonly WriteOp[])[];
  /** Round trips since the last reset. */
  readonly count: number;
  reset(): void;
}

/** An engine wrapper that keeps account. */
export function counting(): { wrap: (engine: Engine) => Engine; calls: Calls } {
  const reads: (readonly ReadOp[])[] = [];
  const writes: (readonly WriteOp[])[] = [];
  return {
    calls: {
      reads,
      writes,
      get count() {
        return reads.length + writes.length;
      },
      reset() {
        reads.length = 0;
        writes.length = 0;
      },
    },
    wrap: (engine) =>
      forward(engine, {
        read: ((ops, options) => {
          reads.push(ops);
          return engine.read(ops, options);
        }) as Engine["read"],
        write: (ops, options) => {
          writes.push(ops);
          return engine.write(ops, options);
        },
      }),
  };
}

/**
 * Round trips of the calls of a script. It runs twice on one store, under different names, and the second time counts: at
 * the first meeting with a table a layer may look around.
 */
export async function costsOf<Costs>(
  context: DomainContext,
  script: (
    store: MemoryStorage,
    costOf: (call: () => Promise<unknown>) => Promise<number>,
    name: string,
  ) => Promise<Costs>,
): Promise<Costs> {
  const { wrap, calls } = counting();
  const store = await context.store<MemoryStorage>("memory", { wrap });
  const costOf = async (call: () => Promise<unknown>) => {
    calls.reset();
    await call();
    return calls.count;
  };
  await script(store, costOf, "warm");
  return script(store, costOf, "cost");
}

/** An engine that takes small batches only, as the least of the real ones does; never larger ones than it takes itself. */
export const narrow =
  (records = 24, bytes = 1024 * 1024) =>
  (engine: Engine): Engine => {
    const limits = () => {
      const { atomicLimit } = engine.capabilities;
      return { records: Math.min(records, atomicLimit.records), bytes: Math.min(bytes, atomicLimit.bytes) };
    };
    return forward(engine, {
      get capabilities() {
        return { ...engine.capabilities, atomicLimit: limits() };
      },
      write: async (ops, options) => {
        if (options?.atomic !== false && ops.length > limits().records) {
          throw new StorageError(`a batch of ${ops.length} is above the limit`, { code: "too_large" });
        }
        return engine.write(ops, options);
      },
    });
  };

/** An engine that ends its pages by budget every few rows. */
export const tired =
  (stamina = 3) =>
  (engine: Engine): Engine =>
    forward(engine, {
      read: (async (ops: readonly ReadOp[], options: never) => {
        const isCut = (op: ReadOp): op is Find =>
          op.op === "find" && op.offset === undefined && (op.limit === undefined || op.limit > stamina);
        const cut = ops.map((op) => (isCut(op) ? { ...op, limit: stamina } : op));
        const results = (await engine.read(cut, options)) as unknown[];
        return results.map((result, index) => {
          const page = result as Page;
          return isCut(ops[index] as ReadOp) && page.end === "limit" ? { ...page, end: "budget" } : result;
        });
      }) as unknown as Engine["read"],
    });

/** An engine that calls `before` ahead of each write, with how many there were. */
export const interrupted =
  (before: (ops: readonly WriteOp[], number: number) => Promise<void> | void) =>
  (engine: Engine): Engine => {
    let number = 0;
    return forward(engine, {
      write: async (ops, options) => {
        await before(ops, ++number);
        return engine.write(ops, options);
      },
    });
  };

/** Wrappers one around the other, from the engine outwards. */
export const wrapped =
  (...wraps: ((engine: Engine) => Engine)[]) =>
  (engine: Engine): Engine =>
    wraps.reduce((inner, wrap) => wrap(inner), engine);

/** What a rejection is expected to look like. */
export const refusal = (status: string, http: number, message?: RegExp | string) => ({
  id: expect.stringMatching(new RegExp(`^STOWAGE_[A-Z0-9]+_[A-Z0-9_]+_${status}$`)),
  category: "USER",
  domain: "STORAGE",
  details: expect.objectContaining({ status: http }),
  ...(message !== undefined && {
    message: typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message),
  }),
});
