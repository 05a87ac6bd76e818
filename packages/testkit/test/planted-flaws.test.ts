import { type Engine, MemoryEngine, type Page, type ReadOp, type WriteOp } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { steps } from "../src/model/steps.ts";
import { compareLives } from "../src/model/suite.ts";

/** What is wrong with an engine, put in below the tests: the model suite must find each of these. */
const flaws: Readonly<Record<string, (engine: MemoryEngine) => Engine>> = {
  "forgets the columns to keep": onWrites((op) => {
    if (op.op !== "put") return op;
    const { keep: _, ...rest } = op;
    return rest;
  }),
  "writes though a revision does not match": onWrites((op) => {
    if (op.op === "check" || typeof op.expect !== "object") return op;
    const { expect: _, ...rest } = op;
    return rest as WriteOp;
  }),
  "overwrites where it should skip": onWrites((op) =>
    op.op === "put" && op.mode === "skip" ? { ...op, mode: "upsert" } : op,
  ),
  "sets where it should raise": onWrites((op) =>
    op.op === "patch" && op.raise ? { ...op, set: { ...op.set, ...op.raise }, raise: {} } : op,
  ),
  "leaves checks out": (engine) =>
    forward(engine, {
      write: async (ops, options) => {
        const results = await engine.write(
          ops.filter((op) => op.op !== "check"),
          options,
        );
        return ops.map((op) => (op.op === "check" ? { outcome: "checked", rev: 0 } : (results.shift() as never)));
      },
    }),
  "applies a refused batch in part": (engine) =>
    forward(engine, {
      write: async (ops, options) => {
        try {
          return await engine.write(ops, options);
        } catch (error) {
          for (const op of ops) await engine.write([op], options).catch(() => {});
          throw error;
        }
      },
    }),
  "walks downwards as upwards": onReads((op) => (op.op === "find" ? { ...op, direction: "asc" } : op)),
  "takes exclusive bounds for inclusive": onReads((op) => {
    if (op.op === "get" || !op.range?.upper) return op;
    return { ...op, range: { ...op.range, upper: { ...op.range.upper, inclusive: true } } };
  }),
  "looks at the first of a list of values": onReads((op) => {
    if (op.op === "get") return op;
    const eq = Object.entries(op.eq ?? {}).map(([column, value]) => [column, Array.isArray(value) ? value[0] : value]);
    return { ...op, eq: Object.fromEntries(eq) };
  }),
  "leaves filters out": (engine) =>
    forward(engine, {
      read: (async (ops: readonly ReadOp[], options: object) => {
        const answers = (await engine.read(
          ops.map((op) => (op.op === "find" ? { ...op, filter: undefined as never } : op)),
          options,
        )) as Page[];
        return answers;
      }) as Engine["read"],
    }),
  "says that a walk is over one page too early": (engine) =>
    forward(engine, {
      read: (async (ops: readonly ReadOp[], options: object) => {
        const answers = (await engine.read(ops, options)) as Page[];
        return answers.map((answer, index) =>
          ops[index]?.op === "find" && answer.rows.length > 1 ? { rows: answer.rows, end: "exhausted" } : answer,
        );
      }) as Engine["read"],
    }),
  "keeps the revision when it patches": (engine) =>
    forward(engine, {
      write: async (ops, options) =>
        (await engine.write(ops, options)).map((result, index) =>
          ops[index]?.op === "patch" && result.outcome === "updated" ? { ...result, rev: 5 } : result,
        ),
    }),
  "hands out a number as text": (engine) =>
    forward(engine, {
      read: (async (ops: readonly ReadOp[], options: object) =>
        ((await engine.read(ops, options)) as { rows?: (Record<string, unknown> | undefined)[] }[]).map((answer) => ({
          ...answer,
          ...(answer.rows && { rows: answer.rows.map((row) => row && { ...row, rank: String(row.rank) }) }),
        }))) as Engine["read"],
    }),
  "removes a row too many": (engine) =>
    forward(engine, {
      removeRange: async (op, options) => {
        const result = await engine.removeRange({ ...op, limit: op.limit + 1 }, options);
        return { ...result, removed: Math.min(result.removed, op.limit) };
      },
    }),
};

describe("FD-149: the model suite finds an engine that", () => {
  for (const [name, plant] of Object.entries(flaws)) {
    test(name, async () => {
      const property = fc.asyncProperty(steps(), (life) => compareLives(plant(new MemoryEngine()), "s", life));
      const { failed, counterexample } = await fc.check(property, { numRuns: 5_000 });
      expect(failed).toBe(true);
      expect(counterexample?.[0].length).toBeLessThan(10);
    });
  }

  test("has no flaw is left in peace", async () => {
    const property = fc.asyncProperty(steps(), (life) => compareLives(new MemoryEngine(), "s", life));
    expect((await fc.check(property, { numRuns: 100 })).failed).toBe(false);
  });
});

function onWrites(change: (op: WriteOp) => WriteOp): (engine: Engine) => Engine {
  return (engine) => forward(engine, { write: (ops, options) => engine.write(ops.map(change), options) });
}

function onReads(change: (op: ReadOp) => ReadOp): (engine: Engine) => Engine {
  return (engine) =>
    forward(engine, {
      read: ((ops: readonly ReadOp[], options: object) => engine.read(ops.map(change), options)) as Engine["read"],
    });
}
