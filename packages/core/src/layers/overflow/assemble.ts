import type { CallOptions, Engine } from "../../engine/engine.ts";
import { get, type Key } from "../../engine/operations.ts";
import type { Table } from "../../engine/table.ts";
import { unpack } from "../pack.ts";
import { chunks, isManifest, type Manifest, readManifest, wideColumns } from "./chunks.ts";

export type AnyRow = Record<string, unknown>;

/** Rows as the inner engine gave them, with the table they are of. */
export interface RawRows {
  readonly table: Table;
  readonly rows: readonly (AnyRow | undefined)[];
}

interface Hole {
  readonly row: AnyRow;
  readonly column: string;
  readonly manifest: Manifest;
}

/**
 * Puts values in the places of their manifests, in the rows given. Chunks of all rows are read at once.
 *
 * @returns the first value that could not be put together: its record was written meanwhile, so the rows must be read again.
 */
export async function assemble(
  inner: Engine,
  lists: readonly RawRows[],
  options: CallOptions | undefined,
): Promise<{ readonly torn?: { readonly table: string; readonly column: string } }> {
  const holes: (Hole & { readonly table: string })[] = [];
  for (const { table, rows } of lists) {
    const columns = wideColumns(table);
    if (columns.length === 0) continue;
    for (const row of rows) {
      if (!row) continue;
      for (const column of columns) {
        const value = row[column];
        if (isManifest(value)) holes.push({ row, column, manifest: readManifest(value), table: table.name });
      }
    }
  }
  if (holes.length === 0) return {};

  const keys = holes.flatMap(({ manifest }): Key[] => chunkKeys(manifest));
  const [{ rows }] = await inner.read([get(chunks, keys, ["data"])], options);
  let next = 0;
  for (const { row, column, manifest, table } of holes) {
    const pieces = rows.slice(next, (next += manifest.count));
    const isWhole = pieces.every((piece) => piece !== undefined);
    const value = isWhole ? await unpack(pieces.map((piece) => piece.data).join(""), manifest) : undefined;
    if (value === undefined) return { torn: { table, column } };
    row[column] = value;
  }
  return {};
}

export const chunkKeys = ({ generation, count }: Pick<Manifest, "generation" | "count">): Key[] =>
  Array.from({ length: count }, (_, n) => [generation, n]);
