import type { Engine } from "../../engine/engine.ts";
import type { Filter } from "../../engine/filter.ts";
import { allOf } from "../../engine/filter.ts";
import { type Bound, count, find, get } from "../../engine/operations.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletedIds } from "../shared/deletions.ts";
import { isKeyText } from "../shared/key-text.ts";
import { completePage } from "../shared/pages.ts";
import { type CheckedPage, checkPage, pageInfo, totalBeside } from "../shared/pagination.ts";
import { readTogether } from "../shared/read-together.ts";
import { optionalText, toOptionalInstant } from "../shared/values.ts";
import { listOf } from "./arguments.ts";
import { threadDeletions } from "./delete-thread.ts";
import { type Include, includedRows, readIncludes, wantsWindows } from "./include-messages.ts";
import { compareRows, type MessageRow, readContent, toMessage } from "./message-records.ts";
import { type MessageCondition, messageConditions, messageFilter } from "./metadata.ts";
import { messages } from "./tables.ts";
import type { StorageListMessagesInput, StorageListMessagesOutput } from "./types.ts";

/** Which messages a list is about: those of threads, or those of an owner. */
type Subject =
  | { readonly kind: "threads"; readonly threadIds: readonly string[] }
  | { readonly kind: "owner"; readonly id: string };

interface Query {
  readonly subject: Subject;
  readonly owner: string | undefined;
  readonly page: CheckedPage;
  readonly direction: "asc" | "desc";
  readonly lower: Bound | undefined;
  readonly upper: Bound | undefined;
  readonly conditions: readonly MessageCondition[];
  readonly roles: readonly string[];
  readonly include: readonly Include[];
  readonly wantsTotal: boolean;
}

type ListArguments = Omit<StorageListMessagesInput, "threadId"> | null | undefined;

export function listMessages(
  context: DomainContext,
  args: (ListArguments & { threadId?: unknown }) | null | undefined,
): Promise<StorageListMessagesOutput> {
  const threadIds = threadIdsOf(args?.threadId);
  const owner = optionalText(args?.resourceId, "resourceId");
  return run(context, readQuery(args, { kind: "threads", threadIds }, owner));
}

export function listMessagesByResourceId(
  context: DomainContext,
  args: ListArguments,
): Promise<StorageListMessagesOutput> {
  const owner: unknown = args?.resourceId;
  if (typeof owner !== "string" || owner.trim() === "") {
    throw invalid("resourceId must be a non-empty string", "INVALID_QUERY");
  }
  return run(context, readQuery(args, { kind: "owner", id: owner }, owner));
}

function threadIdsOf(given: unknown): string[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0 || !list.every((id) => typeof id === "string" && id.trim() !== "")) {
    throw invalid("threadId must be a non-empty string or array of non-empty strings", "INVALID_THREAD_ID");
  }
  return [...new Set(list as string[])].filter(isKeyText);
}

function readQuery(args: ListArguments, subject: Subject, owner: string | undefined): Query {
  const range = args?.filter?.dateRange;
  // No row can have an owner that cannot be written.
  const isImpossible = owner !== undefined && !isKeyText(owner);
  const start = toOptionalInstant(range?.start, "filter.dateRange.start");
  const end = toOptionalInstant(range?.end, "filter.dateRange.end");
  const include = readIncludes(listOf(args?.include, "include"));
  return {
    subject: isImpossible ? { kind: "threads", threadIds: [] } : subject,
    owner,
    page: checkPage(args?.page, args?.perPage, 40, Number.MAX_SAFE_INTEGER / 2),
    direction: args?.orderBy?.direction === "DESC" ? "desc" : "asc",
    lower: start && { at: [start.getTime()], inclusive: range?.startExclusive !== true },
    upper: end && { at: [end.getTime()], inclusive: range?.endExclusive !== true },
    conditions: messageConditions(args?.filter?.metadata),
    roles: storedRoles(listOf(args?.filter?.roles, "filter.roles").map(String)),
    include: isImpossible ? [] : include,
    wantsTotal: args?.includeTotal !== false,
  };
}

/** What may stand in rows of these roles: on old ones `tool` stands for `assistant`. */
const storedRoles = (roles: readonly string[]): readonly string[] =>
  roles.some((role) => role === "assistant" || role === "tool") ? [...new Set([...roles, "assistant", "tool"])] : roles;

async function run(context: DomainContext, query: Query): Promise<StorageListMessagesOutput> {
  const primary = await readPrimary(context.engine, query);
  const { page, include, direction } = query;
  if (include.length === 0) return answer(page, primary, primary.rows);

  const extra = await includedRows(context.engine, include, primary.targets, query.owner);
  const byId = new Map(primary.rows.map((row) => [row.id, row]));
  let matching = primary.rows.length;
  for (const row of extra) {
    if (byId.has(row.id)) continue;
    byId.set(row.id, row);
    if (matchesPrimary(query, row)) matching++;
  }
  const sign = direction === "asc" ? 1 : -1;
  const rows = [...byId.values()].sort((a, b) => compareRows(a, b) * sign);
  const result = answer(page, primary, rows);
  if (query.wantsTotal && matching >= primary.total) result.hasMore = false;
  return result;
}

/** The page itself, and the targets of includes, which are read beside it. */
interface Primary {
  readonly rows: readonly MessageRow[];
  readonly targets: readonly MessageRow[];
  readonly total: number;
  readonly hasMore: boolean;
}

function answer(page: CheckedPage, primary: Primary, rows: readonly MessageRow[]): StorageListMessagesOutput {
  const hasMore = primary.hasMore && page.perPage !== false && page.perPage > 0;
  return { ...pageInfo(page, primary.rows.length, primary.total), hasMore, messages: rows.map(toMessage) };
}

/**
 * Page, count, targets of includes and pending deletions in one round trip and one snapshot. A count goes along with the page
 * instead of after it: where it could have been derived it is as small as the page.
 *
 * @param hidden threads under deletion, which are left out of the walk.
 */
async function readPrimary(engine: Engine, query: Query, hidden: ReadonlySet<string> = new Set()): Promise<Primary> {
  const { include, direction } = query;
  const { limit, offset } = query.page;
  const walk = limit === 0 ? undefined : walkOf(query, hidden);
  // Without a count the total is what the page alone can say.
  const nothing = { rows: [], targets: [], total: query.wantsTotal || limit === 0 ? 0 : offset, hasMore: false };
  if (!walk && include.length === 0) return nothing;

  const op = walk && find(messages, { ...walk, direction, ...(limit !== undefined && { limit, offset }) });
  const answers = await readTogether(engine, {
    page: op,
    counted: walk && limit !== undefined && query.wantsTotal ? count(messages, walk) : undefined,
    targets:
      include.length > 0
        ? get(
            messages,
            include.map(({ id }) => [id]),
          )
        : undefined,
    deleted: deletionsBeside(query, walk !== undefined),
  });
  const deleted = deletedIds(answers.deleted?.rows ?? []);
  if (concerns(deleted, query, hidden)) return readPrimary(engine, query, deleted);

  const targets = (answers.targets?.rows ?? []).flatMap((row) => (row && !deleted.has(row.thread_id) ? row : []));
  if (!op || !answers.page) return { ...nothing, targets };
  const { rows, end } = await completePage(engine, op, answers.page);
  const seen = offset + rows.length;
  const total = answers.counted ? totalBeside(answers.counted.count, offset, rows.length) : seen;
  return { rows, targets, total, hasMore: answers.counted ? seen < total : end === "limit" };
}

/** The deletions under way that the first read must know of; those of included messages are looked for beside their windows. */
function deletionsBeside({ subject, include }: Query, isWalked: boolean) {
  const areSeenLater = include.length === 0 || wantsWindows(include);
  if (areSeenLater && !isWalked) return undefined;
  // Few are under way at any time: asking for all of them answers for included messages too.
  return areSeenLater && subject.kind === "threads" ? threadDeletions.among(subject.threadIds) : threadDeletions.all();
}

/** Whether the walk met threads that no longer exist for a reader. */
function concerns(deleted: ReadonlySet<string>, { subject }: Query, hidden: ReadonlySet<string>): boolean {
  if (deleted.size === 0) return false;
  const ids = subject.kind === "threads" ? subject.threadIds.filter((id) => deleted.has(id)) : [...deleted];
  return ids.some((id) => !hidden.has(id));
}

/** The walk over what a query is about, or `undefined` when nothing can match. */
function walkOf({ subject, owner, lower, upper, conditions, roles }: Query, hidden: ReadonlySet<string>) {
  if (lower && upper && (lower.at[0] as number) > (upper.at[0] as number)) return undefined;
  const range = (lower || upper) && { range: { ...(lower && { lower }), ...(upper && { upper }) } };
  const ofRole: Filter | undefined = roles.length > 0 ? { op: "in", column: "role", values: roles } : undefined;
  const metadata = allOf(ofRole, messageFilter(conditions));
  if (subject.kind === "owner") {
    const filter = allOf(metadata, hidden.size > 0 ? notIn("thread_id", hidden) : undefined);
    return { path: "byResource" as const, eq: { resourceId: subject.id }, ...range, ...(filter && { filter }) };
  }
  const ids = hidden.size > 0 ? subject.threadIds.filter((id) => !hidden.has(id)) : subject.threadIds;
  if (ids.length === 0) return undefined;
  const filter = allOf(owner === undefined ? undefined : { op: "eq", column: "resourceId", value: owner }, metadata);
  const eq = { thread_id: ids.length === 1 ? (ids[0] as string) : ids };
  return { path: "byThread" as const, eq, ...range, ...(filter && { filter }) };
}

const notIn = (column: string, values: ReadonlySet<string>): Filter => ({
  op: "not",
  arg: { op: "in", column, values: [...values] },
});

/** Whether an included message is also one that the query is about. */
function matchesPrimary({ subject, owner, lower, upper, conditions, roles }: Query, row: MessageRow): boolean {
  if (subject.kind === "threads" ? !subject.threadIds.includes(row.thread_id) : row.resourceId !== subject.id)
    return false;
  if (owner !== undefined && row.resourceId !== owner) return false;
  if (lower && isBefore(row.createdAt, lower)) return false;
  if (upper && isBefore(-row.createdAt, { at: [-(upper.at[0] as number)], inclusive: upper.inclusive })) return false;
  if (roles.length > 0 && !roles.includes(row.role)) return false;
  if (conditions.length === 0) return true;
  const metadata = readContent(row.content, row.role).metadata;
  return conditions.every(({ key, value }) => metadata && Object.hasOwn(metadata, key) && metadata[key] === value);
}

const isBefore = (time: number, { at, inclusive }: Bound) => time < (at[0] as number) || (!inclusive && time === at[0]);
