import { compareText } from "../../engine/compare.ts";
import { aggregate } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { checkPage, pageInfo } from "../shared/pagination.ts";
import { optionalText } from "../shared/values.ts";
import { threads } from "./tables.ts";
import type { StorageListResourcesInput, StorageListResourcesOutput } from "./types.ts";

/** Owners are nobody's rows: they follow from the threads, counted by the database where it can. */
export async function listResources(
  { engine }: DomainContext,
  args: StorageListResourcesInput | null | undefined,
): Promise<StorageListResourcesOutput> {
  const page = checkPage(args?.page, args?.perPage, 100);
  const search = optionalText(args?.search, "search");
  const [{ groups }] = await engine.read([
    aggregate(threads, {
      path: "all",
      ...(search && { filter: { op: "search", column: "resourceId", value: search } }),
      groupBy: [{ column: "resourceId" }],
      measures: { threads: { fn: "count" }, lastActivityAt: { fn: "max", column: "updatedAt" } },
    }),
  ]);
  const owners = groups
    .map(({ group, values }) => ({
      resourceId: group[0] as string,
      threads: values.threads as number,
      lastActivityAt: new Date(values.lastActivityAt as number),
    }))
    .sort((a, b) => +b.lastActivityAt - +a.lastActivityAt || compareText(a.resourceId, b.resourceId));
  const { offset, limit = owners.length } = page;
  const resources = owners.slice(offset, offset + limit);
  return { ...pageInfo(page, resources.length, owners.length), resources };
}
