import { modify } from "../../engine/modify.ts";
import { get, insert, patch, upsert } from "../../engine/operations.ts";
import type { Row, StoredRow } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { optionalObject, optionalText, toOptionalInstant } from "../shared/values.ts";
import { findableKey, writableKey } from "./arguments.ts";
import { mergeMetadata, readMetadata, writeMetadata } from "./metadata.ts";
import { resources } from "./tables.ts";
import { raised } from "./thread-records.ts";
import type { StorageResourceType } from "./types.ts";

type ResourceRow = Omit<StoredRow<typeof resources>, "_rev">;

export async function getResource(
  { engine }: DomainContext,
  args: { resourceId?: unknown },
): Promise<StorageResourceType | null> {
  const id = findableKey(args.resourceId, "resourceId");
  if (id === undefined) return null;
  const [{ rows }] = await engine.read([get(resources, [[id]])]);
  return rows[0] ? toResource(rows[0]) : null;
}

export async function saveResource({ engine, clock }: DomainContext, given: unknown): Promise<StorageResourceType> {
  if (typeof given !== "object" || given === null) {
    throw invalid("resource must be an object", "INVALID_INPUT", { path: "resource" });
  }
  const source = given as Partial<Record<keyof StorageResourceType, unknown>>;
  const now = clock.now();
  const row: Row<typeof resources> = {
    id: writableKey(source.id, () => "resource.id"),
    workingMemory: workingMemoryOf(source.workingMemory, "resource.workingMemory") ?? null,
    metadata: writeMetadata(source.metadata, "resource.metadata").text,
    createdAt: toOptionalInstant(source.createdAt, "resource.createdAt")?.getTime() ?? now,
    updatedAt: toOptionalInstant(source.updatedAt, "resource.updatedAt")?.getTime() ?? now,
  };
  await engine.write([upsert(resources, row)]);
  return toResource(row);
}

export async function updateResource(
  { engine, clock }: DomainContext,
  args: { resourceId?: unknown; workingMemory?: unknown; metadata?: unknown },
): Promise<StorageResourceType> {
  const id = writableKey(args.resourceId, () => "resourceId");
  const workingMemory = workingMemoryOf(args.workingMemory, "workingMemory");
  const change = optionalObject(args.metadata, "metadata");
  // Whoever inserts first wins; the others are refused, read the row and change it.
  return modify(engine, resources, [id], (row) => {
    const now = clock.now();
    const metadata = change && writeMetadata(mergeMetadata(readMetadata(row?.metadata ?? null), change), "metadata");
    if (!row) {
      const fresh = {
        id,
        workingMemory: workingMemory ?? null,
        metadata: metadata?.text ?? "{}",
        createdAt: now,
        updatedAt: now,
      };
      return { write: [insert(resources, fresh)], result: toResource(fresh) };
    }
    const set = { ...(workingMemory !== undefined && { workingMemory }), ...(metadata && { metadata: metadata.text }) };
    return {
      write: [patch(resources, [id], { set, raise: { updatedAt: now }, expect: { rev: row._rev } })],
      result: toResource({ ...row, ...set, updatedAt: raised(row.updatedAt, now) }),
    };
  });
}

/** Text as it is, `null` to clear, `undefined` to leave alone. Text that looks like JSON stays text. */
const workingMemoryOf = (value: unknown, path: string): string | null | undefined =>
  value === null ? null : optionalText(value, path);

function toResource(row: ResourceRow): StorageResourceType {
  const resource: StorageResourceType = {
    id: row.id,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  };
  if (row.workingMemory !== null) resource.workingMemory = row.workingMemory;
  const metadata = readMetadata(row.metadata);
  if (metadata !== undefined) resource.metadata = metadata;
  return resource;
}
