import { check, type Find, find, get, type Page } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { completePage } from "../shared/pages.ts";
import type { DatasetFacts } from "../shared/siblings.ts";
import { storedJson } from "../shared/stored-json.ts";
import { readInstant } from "../shared/values.ts";
import { isPurged } from "./purge-mark.ts";
import type { StoredItem } from "./records.ts";
import { datasets, items } from "./tables.ts";

const columns = ["id", "datasetVersion", "datasetId", "purgedAt", "metadata"] as const;

/** What `experiments` of the same storage object asks about datasets and items. */
export const factsOf = (context: DomainContext): DatasetFacts => ({
  async tenancyOf(datasetId) {
    const [{ rows }] = await context.engine.read([get(datasets, [[datasetId]], ["organizationId", "projectId"])]);
    return rows[0];
  },

  itemRead: (itemId) => newestRow(itemId) as unknown as Find,

  async judgeItem(itemId, page, datasetId) {
    const { rows } = await completePage(
      context.engine,
      newestRow(itemId),
      page as Page<typeof items, (typeof columns)[number]>,
    );
    // The newest row says it for all: a purge erases it first, and a later one is made from it.
    const [row] = rows as unknown as StoredItem[];
    if (!row || row.datasetId !== datasetId) return {};
    const purgedAt = await purgeTime(context, row);
    return purgedAt === undefined
      ? { check: check(items, [row.id, row.datasetVersion], { rev: row._rev }) }
      : { purgedAt };
  },
});

const newestRow = (id: string) => find(items, { path: "ofItem", eq: { id }, direction: "desc", limit: 1, columns });

/** When the item was purged. One that was taken over with the public mark alone is looked at once more. */
async function purgeTime({ engine }: DomainContext, row: StoredItem): Promise<number | undefined> {
  if (row.purgedAt !== null) return row.purgedAt;
  if (!row.metadata?.includes("__purged")) return undefined;
  const [{ rows }] = await engine.read([get(items, [[row.id, row.datasetVersion]])]);
  const whole = rows[0];
  if (!whole || !isPurged(whole)) return undefined;
  const { purgedAt } = storedJson(items, whole, "metadata") as Record<string, unknown>;
  return (readInstant(purgedAt) ?? new Date(whole.updatedAt)).getTime();
}
