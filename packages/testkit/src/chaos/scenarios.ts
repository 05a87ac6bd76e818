import type { Table } from "@stowage/core/engine";
import {
  check,
  type Engine,
  get,
  insert,
  isStorageError,
  modify,
  patch,
  remove,
  upsert,
  type WriteOp,
} from "@stowage/core/engine";
import { expect } from "vitest";
import { contentOf, fetch, pageOf } from "../engine/access.ts";
import { account, manyThings, thing } from "../engine/rows.ts";
import { accounts, engineTables, things } from "../engine/tables.ts";

/** What became of a run under faults. */
export interface ChaosOutcome {
  readonly isDone: boolean;
  /** What the run threw. */
  readonly error?: unknown;
}

/** Something that must keep its invariants whatever call fails. */
export interface ChaosScenario {
  readonly name: string;
  readonly tables: readonly Table[];
  /** Rests on batches that a killed process leaves whole: not below the level `journal`. */
  readonly needsAtomicBatches?: boolean;
  /** Makes the state to start from, without faults. Every run has a scope of its own. */
  prepare(engine: Engine, scope: string): Promise<void>;
  /** Does the thing, under faults. What it throws is its outcome. */
  run(engine: Engine, scope: string): Promise<unknown>;
  /** Looks at what is left, without faults. @throws whatever says that an invariant is broken. */
  check(engine: Engine, scope: string, outcome: ChaosOutcome): Promise<void>;
}

const batch = (scope: string): WriteOp[] => [
  insert(things, thing(scope, "made")),
  patch(things, [scope, "patched"], { set: { note: "new" }, raise: { seq: 1 } }),
  remove(things, [scope, "removed"]),
  check(things, [scope, "checked"], "exists"),
  patch(accounts, [scope, "a"], { set: { handle: null } }),
  insert(accounts, account(scope, "b", { handle: "moved" })),
];

/** What every engine promises, whatever it holds. */
export const engineScenarios: readonly ChaosScenario[] = [
  {
    name: "FD-018: a batch is written whole or not at all, and an error says truly that it was not",
    tables: engineTables,
    needsAtomicBatches: true,
    async prepare(engine, scope) {
      await engine.write(["patched", "removed", "checked"].map((id) => insert(things, thing(scope, id))));
      await engine.write([insert(accounts, account(scope, "a", { handle: "moved" }))]);
    },
    run: (engine, scope) => engine.write(batch(scope)),
    async check(engine, scope, { isDone, error }) {
      const rows = await contentOf(engine, scope);
      const holders = (await pageOf(engine, { op: "find", table: accounts, path: "all", eq: { scope } })).rows;
      const found = [rows.map((row) => [row.id, row.note, row.seq]), holders.map((row) => [row.id, row.handle])];
      const isApplied = rows.some((row) => row.id === "made");
      expect(found).toEqual(isApplied ? afterBatch : beforeBatch);
      if (isDone) expect(isApplied).toBe(true);
      else if (isStorageError(error) && error.code !== "unknown_outcome") expect(isApplied).toBe(false);
      const thief = engine.write([insert(accounts, account(scope, "thief", { handle: "moved" }))]);
      await expect(thief).rejects.toMatchObject({ code: "conflict" });
    },
  },
  {
    name: "FD-003: an acknowledged increment is counted, and none is counted twice",
    tables: engineTables,
    async prepare(engine, scope) {
      await engine.write([insert(things, thing(scope, "counter"))]);
    },
    async run(engine, scope) {
      for (let i = 0; i < 3; i++) {
        await modify(engine, things, [scope, "counter"], (row, rev) => ({
          write: [patch(things, [scope, "counter"], { set: { seq: (row?.seq ?? 0) + 1 }, expect: { rev } })],
          result: undefined,
        }));
        await engine.write([upsert(things, thing(scope, "acknowledged", { seq: i + 1 }))]);
      }
    },
    async check(engine, scope, { isDone }) {
      const counter = await fetch(engine, things, [scope, "counter"]);
      const acknowledged = (await fetch(engine, things, [scope, "acknowledged"]))?.seq ?? 0;
      expect(counter?.seq).toBeGreaterThanOrEqual(acknowledged);
      expect(counter?.seq).toBeLessThanOrEqual(acknowledged + 1);
      if (isDone) expect(counter?.seq).toBe(3);
    },
  },
  {
    name: "rows written in bulk are published whole, by one record",
    tables: engineTables,
    prepare: async () => {},
    async run(engine, scope) {
      const rows = manyThings(scope, 30, () => ({ kind: "child" }));
      await engine.write(
        rows.map((row) => upsert(things, row)),
        { atomic: false },
      );
      await engine.write([insert(things, thing(scope, "parent", { kind: "parent", seq: 30 }))]);
    },
    async check(engine, scope, { isDone }) {
      const parent = await fetch(engine, things, [scope, "parent"]);
      const children = (await contentOf(engine, scope)).filter((row) => row.kind === "child");
      if (parent) expect(children).toHaveLength(parent.seq);
      if (isDone) expect(parent).toBeDefined();
    },
  },
  {
    name: "FD-048: a range that is removed piece by piece is removed by whoever goes on",
    tables: engineTables,
    async prepare(engine, scope) {
      const rows = manyThings(scope, 9, (index) => ({ at: index, note: "n" }));
      await engine.write(
        rows.map((row) => upsert(things, row)),
        { atomic: false },
      );
    },
    run: (engine, scope) => removeAll(engine, scope),
    async check(engine, scope) {
      const left = await contentOf(engine, scope);
      // Smallest first: what is left is the upper end, whole and readable.
      expect(left.map((row) => row.at)).toEqual(Array.from({ length: left.length }, (_, i) => 9 - left.length + i));
      expect(left.every((row) => row.note === "n")).toBe(true);
      await removeAll(engine, scope);
      expect(await contentOf(engine, scope)).toEqual([]);
    },
  },
  {
    name: "FD-081: making the schema can be repeated from any point",
    tables: [],
    prepare: async () => {},
    run: (engine) => engine.converge(engineTables),
    async check(engine, scope) {
      await engine.converge(engineTables);
      expect((await engine.converge(engineTables)).statements).toEqual([]);
      await engine.write([insert(things, thing(scope, "a"))]);
      const [{ rows }] = await engine.read([get(things, [[scope, "a"]])]);
      expect(rows[0]?.id).toBe("a");
    },
  },
];

const beforeBatch = [
  [
    ["checked", null, 0],
    ["patched", null, 0],
    ["removed", null, 0],
  ],
  [["a", "moved"]],
];
const afterBatch = [
  [
    ["checked", null, 0],
    ["made", null, 0],
    ["patched", "new", 1],
  ],
  [
    ["a", null],
    ["b", "moved"],
  ],
];

async function removeAll(engine: Engine, scope: string): Promise<void> {
  const range = { table: things, path: "byTime" as const, eq: { scope }, limit: 2 };
  while (!(await engine.removeRange(range)).done);
}
