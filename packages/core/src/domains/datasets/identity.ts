import { jsonEqual } from "../../engine/json.ts";
import { type Find, find, get } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { isKeyText } from "../shared/key-text.ts";
import { type DatasetItemIdentityConflict, DatasetItemIdentityConflictError } from "./errors.ts";
import { payloadFields } from "./payload.ts";
import { type StoredItem, toItem } from "./records.ts";
import { items } from "./tables.ts";
import type { DatasetItem, DatasetItemPayload } from "./types.ts";

const identityColumns = ["id", "datasetVersion", "externalId", "isDeleted"] as const;
type IdentityRow = Pick<StoredItem, (typeof identityColumns)[number]>;

/** The rows, without content, of all items that ever had one of these external ids in the dataset. */
export const identityReads = (datasetId: string, payloads: readonly DatasetItemPayload[]): Find<typeof items>[] => {
  // What cannot be an external id is refused later, in its turn.
  const usable = (id: unknown): id is string => typeof id === "string" && id !== "" && isKeyText(id);
  const externalIds = [...new Set(payloads.map(({ externalId }) => externalId).filter(usable))];
  const reads: Find<typeof items>[] = [];
  for (let at = 0; at < externalIds.length; at += 500) {
    const eq = { datasetId, externalId: externalIds.slice(at, at + 500) };
    reads.push(find(items, { path: "ofIdentity", eq, columns: identityColumns }) as Find<typeof items>);
  }
  return reads;
};

/** What an insert of each payload comes to: an item that stands already, or a new one to write. */
export type Accepted = { readonly existing: DatasetItem } | { readonly repeats: number } | "new";

/**
 * Judges external ids by the whole history of the dataset. A known id is accepted when its item is live and the payload equals
 * the one that was first accepted; a repeat inside the batch is judged against its first occurrence.
 *
 * @throws DatasetItemIdentityConflictError with every conflict of the batch.
 */
export async function acceptIdentities(
  { engine }: DomainContext,
  datasetId: string,
  payloads: readonly DatasetItemPayload[],
  rows: readonly IdentityRow[],
  newId: (index: number) => string,
): Promise<Accepted[]> {
  const histories = new Map<string, IdentityRow[]>();
  for (const row of rows) {
    const history = histories.get(row.externalId as string);
    if (history) history.push(row);
    else histories.set(row.externalId as string, [row]);
  }
  const contents = await readContents(engine, [...histories.values()]);

  const conflicts: DatasetItemIdentityConflict[] = [];
  const firstUse = new Map<string, number>();
  const accepted = payloads.map((payload, index): Accepted => {
    const externalId = payload.externalId;
    if (externalId === undefined || externalId === null) return "new";
    const conflict = (existingItemId: string, reason: DatasetItemIdentityConflict["reason"]): Accepted => {
      conflicts.push({ index, externalId, existingItemId, reason });
      return "new";
    };
    const history = histories.get(externalId);
    if (history) {
      const { id, isDeleted } = history.at(-1) as IdentityRow;
      if (isDeleted) return conflict(id, "deleted");
      const { first, current } = contents.get(id) as { first: DatasetItem; current: DatasetItem };
      return isSamePayload(payload, first) ? { existing: current } : conflict(id, "payload_mismatch");
    }
    const before = firstUse.get(externalId);
    if (before === undefined) {
      firstUse.set(externalId, index);
      return "new";
    }
    const isSame = isSamePayload(payload, payloads[before] as DatasetItemPayload);
    return isSame ? { repeats: before } : conflict(newId(before), "payload_mismatch");
  });
  if (conflicts.length > 0) throw new DatasetItemIdentityConflictError(datasetId, conflicts);
  return accepted;
}

/** The first and the current row of each live item, by item id. */
async function readContents(
  engine: DomainContext["engine"],
  histories: readonly (readonly IdentityRow[])[],
): Promise<Map<string, { first: DatasetItem; current: DatasetItem }>> {
  const contents = new Map<string, { first: DatasetItem; current: DatasetItem }>();
  const live = histories.filter((history) => !history.at(-1)?.isDeleted);
  if (live.length === 0) return contents;
  const keys = live.flatMap((history) => {
    const [first, current] = [history[0], history.at(-1)] as [IdentityRow, IdentityRow];
    return [first, ...(current === first ? [] : [current])].map(({ id, datasetVersion }) => [id, datasetVersion]);
  });
  const [{ rows }] = await engine.read([get(items, keys)]);
  for (const row of rows) {
    if (!row) continue;
    const item = toItem(row);
    const known = contents.get(row.id);
    if (known) known.current = item;
    else contents.set(row.id, { first: item, current: item });
  }
  return contents;
}

/** Equal in every field that a caller gives; absent and null are the same here, and the order of members is nothing. */
function isSamePayload(a: DatasetItemPayload, b: DatasetItemPayload | DatasetItem): boolean {
  return payloadFields.every((field) => jsonEqual(a[field] ?? null, b[field] ?? null));
}
