import { count, type Find, find, get } from "../../engine/operations.ts";
import type { StoredRow } from "../../engine/table.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletedIds } from "../shared/deletions.ts";
import { isKeyText } from "../shared/key-text.ts";
import { completePage } from "../shared/pages.ts";
import { checkPage, pageInfo } from "../shared/pagination.ts";
import { lookupId } from "../shared/values.ts";
import { versionDeletions } from "./deletion.ts";
import { toVersion } from "./snapshot.ts";
import { agentVersions } from "./tables.ts";
import type { AgentVersion, ListVersionsInput, ListVersionsOutput } from "./types.ts";

export type StoredVersion = StoredRow<typeof agentVersions>;

/** Versions by id; those that are being deleted are not there. */
export async function versionsById({ engine }: DomainContext, ids: readonly string[]): Promise<StoredVersion[]> {
  const wanted = [...new Set(ids)].filter(isKeyText);
  if (wanted.length === 0) return [];
  const keys = wanted.map((id) => [id]);
  const [{ rows }, { rows: marks }] = await engine.read([get(agentVersions, keys), versionDeletions.all()]);
  const deleted = deletedIds(marks);
  return rows.filter((row) => row !== undefined && !deleted.has(row.agentId)) as StoredVersion[];
}

export const latestOp = (agentId: string) =>
  find(agentVersions, { path: "byNumber", eq: { agentId }, direction: "desc", limit: 1 });

/** The first version of a walk over one agent's versions. */
async function firstVersion(
  { engine }: DomainContext,
  agentId: string,
  op: Find<typeof agentVersions>,
): Promise<AgentVersion | null> {
  const [page, { rows: marks }] = await engine.read([op, versionDeletions.among([agentId])]);
  const { rows } = await completePage(engine, op, page);
  return rows[0] && !marks[0] ? toVersion(rows[0]) : null;
}

/** An agent's id where versions are looked for; `undefined` when there can be none. */
function agentOf(value: unknown): string | undefined {
  const agentId = lookupId(value, "agentId");
  return agentId !== undefined && isKeyText(agentId) ? agentId : undefined;
}

export async function latestVersion(context: DomainContext, agentId: string): Promise<AgentVersion | null> {
  const id = agentOf(agentId);
  return id === undefined ? null : firstVersion(context, id, latestOp(id));
}

export async function versionByNumber(
  context: DomainContext,
  agentId: string,
  number: number,
): Promise<AgentVersion | null> {
  const id = agentOf(agentId);
  if (id === undefined || !Number.isSafeInteger(number)) return null;
  const bound = { at: [number], inclusive: true };
  const range = { lower: bound, upper: bound };
  return firstVersion(context, id, find(agentVersions, { path: "byNumber", eq: { agentId: id }, range, limit: 1 }));
}

export async function countVersions({ engine }: DomainContext, agentId: string): Promise<number> {
  const id = agentOf(agentId);
  if (id === undefined) return 0;
  const [{ count: total }, { rows: marks }] = await engine.read([
    count(agentVersions, { path: "byNumber", eq: { agentId: id } }),
    versionDeletions.among([id]),
  ]);
  return marks[0] ? 0 : total;
}

export async function listVersions({ engine }: DomainContext, input: ListVersionsInput): Promise<ListVersionsOutput> {
  const page = checkPage(input?.page, input?.perPage, 20);
  const agentId = agentOf(input?.agentId);
  if (agentId === undefined) return { ...pageInfo(page, 0, 0), versions: [] };
  const { field, direction } = input.orderBy ?? {};
  const walk = { path: field === "createdAt" ? "byTime" : "byNumber", eq: { agentId } } as const;
  const op = find(agentVersions, {
    ...walk,
    direction: direction === "ASC" ? "asc" : "desc",
    ...(page.limit !== undefined && { limit: page.limit, offset: page.offset }),
  });
  const around = [count(agentVersions, walk), versionDeletions.among([agentId])] as const;
  for (;;) {
    const [first, { count: total }, { rows: marks }] = await engine.read([op, ...around]);
    if (marks[0]) return { ...pageInfo(page, 0, 0), versions: [] };
    const { rows } = await completePage(engine, op, first);
    if (first.end === "budget") {
      // The rest came from later moments: versions do not change, but all of them may have gone meanwhile.
      const [{ count: now }, { rows: late }] = await engine.read(around);
      if (late[0] || now !== total) continue;
    }
    return { ...pageInfo(page, rows.length, total), versions: rows.map(toVersion) };
  }
}
