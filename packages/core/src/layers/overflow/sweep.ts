import type { Clock } from "../../engine/clock.ts";
import type { CallOptions, Engine } from "../../engine/engine.ts";
import { find, get, type Page } from "../../engine/operations.ts";
import type { Table } from "../../engine/table.ts";
import { unpackKey } from "../pack-key.ts";
import type { AnyRow } from "./assemble.ts";
import { chunks, isManifest, readManifest, wideColumns } from "./chunks.ts";

/** Chunks younger than this may belong to a write that is still under way. */
const graceMs = 3_600_000;
const sweepSize = 50;

/**
 * Looks at the next few old chunks of a table and removes those that no record refers to: what a killed process, a lost race
 * or an unknown outcome has left. Returns where the next sweep goes on; `undefined` at the end.
 */
export async function sweep(
  inner: Engine,
  table: Table,
  clock: Clock,
  cursor: string | undefined,
  options: CallOptions | undefined,
): Promise<string | undefined> {
  const range = { upper: { at: [graceStart(clock)], inclusive: false } };
  const walk = find(chunks, {
    path: "byTable",
    eq: { table: table.name },
    range,
    limit: sweepSize,
    columns: ["generation", "n", "column", "owner", "createdAt"],
    ...(cursor !== undefined && { cursor }),
  });
  const [page] = (await inner.read([walk], options)) as [Page<typeof chunks>];
  if (page.rows.length > 0) {
    const [{ rows }] = await inner.read(
      [
        get(
          table,
          page.rows.map((row) => unpackKey(row.owner)),
          wideColumns(table),
        ),
      ],
      options,
    );
    const orphans = page.rows.filter((chunk, index) => {
      const value = (rows[index] as AnyRow | undefined)?.[chunk.column];
      return !isManifest(value) || readManifest(value).generation !== chunk.generation;
    });
    await inner.write(
      orphans.map(({ generation, n }) => ({ op: "remove", table: chunks, key: [generation, n] })),
      { ...options, atomic: false },
    );
  }
  return page.cursor;
}

/** Whole hours, so that the walk has the same shape, and its cursor a meaning, for a while. */
const graceStart = (clock: Clock): number => Math.floor((clock.now() - graceMs) / graceMs) * graceMs;
