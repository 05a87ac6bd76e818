import { type Engine, type Find, type Page, type ReadOp, StorageError } from "@stowage/core/engine";
import { forward, type Layer } from "@stowage/core/layers";
import { storageHarness } from "../src/domains/storage-on.ts";
import { domainSuite } from "../src/domains/suite.ts";
import { memoryHarness } from "../src/memory-harness.ts";

const suite = (name: string, layers: readonly Layer[] = []) =>
  domainSuite(name, { ...storageHarness(memoryHarness(), layers), domains: ["observability"] });

/** The smallest batches that the contract allows an engine. */
const smallBatches: Layer = (inner) => {
  const limit = { records: 24, bytes: 1024 * 1024 };
  return forward(inner, {
    get capabilities() {
      return { ...inner.capabilities, atomicLimit: limit, bulkLimit: limit, maxGetKeys: 24 };
    },
    write: (ops, options) => {
      const isTooLarge =
        options?.atomic !== false && (ops.length > limit.records || JSON.stringify(ops, plain).length > limit.bytes);
      if (isTooLarge) throw new StorageError("the batch is larger than one transaction may be", { code: "too_large" });
      return inner.write(ops, options);
    },
  });
};

const plain = (name: string, value: unknown) =>
  name === "table" ? undefined : typeof value === "bigint" ? String(value) : value;

/** An engine that stops scanning after a few rows and goes on with a cursor. */
const smallBudget: Layer = (inner) => {
  const budget = 5;
  const readOne = async (op: ReadOp): Promise<unknown> => {
    if (op.op !== "find" || op.offset || (op.limit ?? Number.POSITIVE_INFINITY) <= budget) {
      return (await inner.read([op]))[0];
    }
    const [page] = (await inner.read([{ ...op, limit: budget } as Find])) as [Page];
    return page.end === "limit" ? { ...page, end: "budget" } : page;
  };
  return forward(inner, {
    read: (async (ops: readonly ReadOp[]) => {
      const results: unknown[] = [];
      for (const op of ops) results.push(await readOne(op));
      return results;
    }) as Engine["read"],
  });
};

/** An engine that promises nothing between processes and nothing of a batch that is cut short. */
const processLevel: Layer = (inner) =>
  forward(inner, {
    get capabilities() {
      return { ...inner.capabilities, atomicity: "process" as const, compareAndSwap: false };
    },
  });

suite("in-memory");
suite("in-memory, small batches", [smallBatches]);
suite("in-memory, small scans", [smallBudget]);
suite("in-memory, process level", [processLevel]);
