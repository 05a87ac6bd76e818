import { defineTable, type Engine, get, integer, patch, text, upsert } from "@stowage/core/engine";
import { expect } from "vitest";

/** Two records that every batch raises together, so that a batch which is half there shows. */
export const pairs = defineTable("pairs", { id: text(), n: integer(), note: text().nullable() }, { key: ["id"] });

/** The two records, both at zero. */
export const writePairs = (engine: Engine) =>
  engine.write(["a", "b"].map((id) => upsert(pairs, { id, n: 0, note: null })));

/** The numbers of both records: zero where one is absent. */
export async function numbersOf(engine: Engine): Promise<number[]> {
  const [{ rows }] = await engine.read([get(pairs, [["a"], ["b"]])]);
  return rows.map((row) => row?.n ?? 0);
}

export interface RaiseOptions {
  /** Where the records are read. Default: on the engine that writes. */
  readonly readFrom?: Engine;
  /** Called between the read and the write. */
  readonly beforeWrite?: () => void;
  readonly note?: string;
}

/** Raises both records in one batch, if they are still what they were when read. */
export async function raisePairs(engine: Engine, options: RaiseOptions = {}): Promise<void> {
  const { readFrom = engine, beforeWrite, note } = options;
  const [{ rows }] = await readFrom.read([get(pairs, [["a"], ["b"]])]);
  expect(rows[0]?.n, "a batch is never half there").toBe(rows[1]?.n);
  beforeWrite?.();
  await engine.write(
    ["a", "b"].map((id, n) =>
      patch(pairs, [id], {
        ...(note !== undefined && { set: { note } }),
        raise: { n: 0 },
        expect: { rev: rows[n]?._rev as number },
      }),
    ),
  );
}
