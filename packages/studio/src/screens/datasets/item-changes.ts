import type { Item } from "../../api/datasets.ts";

export interface ItemChange {
  id: string;
  kind: "added" | "removed" | "changed";
  before?: Item;
  after?: Item;
  /** Fields whose values differ, of a changed item. */
  fields: string[];
}

const compared = [
  "input",
  "groundTruth",
  "expectedTrajectory",
  "toolMocks",
  "unmockedToolPolicy",
  "scorerIds",
  "requestContext",
  "metadata",
  "source",
] as const satisfies (keyof Item)[];

/**
 * What happened to items between two versions of a dataset. A row keeps the version that wrote it, so that equal numbers are
 * equal items and need no comparison.
 */
export function itemChanges(before: readonly Item[], after: readonly Item[]): ItemChange[] {
  const old = new Map(before.map((item) => [item.id, item]));
  const changes: ItemChange[] = [];
  for (const item of after) {
    const known = old.get(item.id);
    old.delete(item.id);
    if (!known) changes.push({ id: item.id, kind: "added", after: item, fields: [] });
    else if (known.datasetVersion !== item.datasetVersion) {
      const fields = changedFields(known, item);
      if (fields.length > 0) changes.push({ id: item.id, kind: "changed", before: known, after: item, fields });
    }
  }
  for (const item of old.values()) changes.push({ id: item.id, kind: "removed", before: item, fields: [] });
  return changes;
}

export const changedFields = (before: Item, after: Item): string[] =>
  compared.filter((field) => canonical(before[field]) !== canonical(after[field]));

/** JSON with the members of objects in one order; nothing and null are the same. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}
