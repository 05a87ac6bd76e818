import { check, type Find, find, get, type Page } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { completePage } from "../shared/pages.ts";
import type { DatasetFacts } from "../shared/siblings.ts";
import type { StoredItem } from "./records.ts";
import { datasets, items } from "./tables.ts";

const columns = ["id", "datasetVersion", "datasetId", "purgedAt"] as const;

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
    const { id, datasetVersion, purgedAt, _rev } = row;
    return purgedAt === null ? { check: check(items, [id, datasetVersion], { rev: _rev }) } : { purgedAt };
  },
});

const newestRow = (id: string) => find(items, { path: "ofItem", eq: { id }, direction: "desc", limit: 1, columns });
