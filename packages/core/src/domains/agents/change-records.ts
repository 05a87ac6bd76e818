import { decodeJson, encodeJson } from "../../engine/json.ts";
import { checkKeyText } from "../../engine/keys.ts";
import { modifyBy } from "../../engine/modify.ts";
import { find, get, insert, patch, remove, type WriteOp } from "../../engine/operations.ts";
import type { Row } from "../../engine/table.ts";
import { invalid, isConflict } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { isKeyText } from "../shared/key-text.ts";
import { completePage } from "../shared/pages.ts";
import { lookupId, optionalObject, requireId } from "../shared/values.ts";
import { noDeletion, scopeOf, unlessDeleting } from "./deletion.ts";
import { agentExists, agentNotFound } from "./errors.ts";
import { toAgent } from "./records.ts";
import { snapshotOf, toVersionRow } from "./snapshot.ts";
import { agents, agentVersions } from "./tables.ts";
import type { StorageAgentType, StorageCreateAgentInput, StorageUpdateAgentInput } from "./types.ts";
import { nextVersion } from "./versions.ts";

type Columns = "authorId" | "visibility" | "status" | "activeVersionId";

export async function createAgent(context: DomainContext, input: StorageCreateAgentInput): Promise<StorageAgentType> {
  const { engine, clock } = context;
  const id = requireId(input?.id, "agent.id");
  checkKeyText(agents, "id", id);
  const authorId = textColumn(input, "authorId") ?? null;
  const metadata = optionalObject(input.metadata, "metadata");
  const snapshot = snapshotOf(input);
  const now = clock.now();
  const row: Row<typeof agents> = {
    id,
    status: "draft",
    activeVersionId: null,
    authorId,
    visibility: textColumn(input, "visibility") ?? (authorId === null ? null : "private"),
    metadata: metadata ? (encodeJson(metadata) ?? null) : null,
    favoriteCount: 0,
    createdAt: now,
    updatedAt: now,
  };
  const version = toVersionRow(
    {
      id: clock.id(),
      agentId: id,
      versionNumber: 1,
      changedFields: [...snapshot.keys()],
      changeMessage: "Initial version",
      createdAt: now,
    },
    snapshot,
  );
  await unlessDeleting(context, id, async () => {
    const strays = await removeStrays(context, id);
    try {
      await engine.write([insert(agents, row), ...strays, insert(agentVersions, version), noDeletion(id)]);
    } catch (error) {
      if (isConflict(error) && error.refusal.table === agents.name) throw agentExists(id, error);
      throw error;
    }
  });
  return toAgent(row);
}

/** Versions without a record, as another program may have left them: the removals that go into the batch of the new record. */
async function removeStrays({ engine }: DomainContext, agentId: string): Promise<WriteOp[]> {
  const most = 16;
  for (;;) {
    const versions = find(agentVersions, { path: "byNumber", eq: { agentId }, limit: most, columns: ["id"] });
    const [{ rows: found }, first] = await engine.read([get(agents, [[agentId]], ["id"]), versions]);
    if (found[0]) throw agentExists(agentId);
    const { rows, end } = await completePage(engine, versions, first);
    const strays = rows.map(({ id }) => remove(agentVersions, [id]));
    if (end === "exhausted") return strays;
    await engine.write(strays, { atomic: false });
  }
}

/**
 * Changes a record.
 *
 * @param withVersion makes the next version as well when the input has fields of the configuration.
 */
export async function updateAgent(
  context: DomainContext,
  input: StorageUpdateAgentInput,
  withVersion = false,
): Promise<StorageAgentType> {
  const { engine, clock } = context;
  const id = lookupId(input?.id, "id");
  if (id === undefined || !isKeyText(id)) throw agentNotFound(input?.id);
  const set: { status?: string } & Partial<Record<Exclude<Columns, "status">, string | null>> = {};
  for (const column of ["authorId", "visibility", "activeVersionId"] as const) {
    const value = textColumn(input, column);
    if (value !== undefined) set[column] = value;
  }
  const status = textColumn(input, "status");
  if (status === null) throw invalid("status must be a string", "INVALID_INPUT", { path: "status" });
  if (status !== undefined) set.status = status;
  const mergeMetadata = metadataMerge(input.metadata);
  const snapshot = withVersion ? snapshotOf(input) : undefined;
  const active = set.activeVersionId;
  const wanted = active !== undefined && active !== null && isKeyText(active) ? [[active]] : [];

  const attempt = async () => {
    const [{ rows: found }, { rows: versions }] = await engine.read([
      get(agents, [[id]]),
      get(agentVersions, wanted, ["agentId"]),
    ]);
    const agent = found[0];
    if (!agent) throw agentNotFound(id);
    if (versions[0] && versions[0].agentId !== id) {
      throw invalid(`the version ${active} belongs to another agent`, "INVALID_INPUT", { agentId: id });
    }
    const changed = {
      ...set,
      ...(mergeMetadata && { metadata: mergeMetadata(agent.metadata) }),
      updatedAt: Math.max(clock.now(), agent.updatedAt + 1),
    };
    const write: WriteOp[] = [patch(agents, [id], { set: changed, expect: { rev: agent._rev } })];
    if (snapshot?.size) write.push(...(await nextVersion(context, id, snapshot)));
    return { write, result: () => toAgent({ ...agent, ...changed }) };
  };
  return modifyBy(engine, scopeOf(id), attempt);
}

/** Overwrites the members given and removes those given as `undefined`; taken from the input before anything is awaited. */
function metadataMerge(given: unknown): ((stored: string | null) => string | null) | undefined {
  const metadata = optionalObject(given, "metadata");
  if (!metadata) return undefined;
  const removed = Object.keys(metadata).filter((name) => metadata[name] === undefined);
  const members = decodeJson(encodeJson(metadata) ?? "{}") as Record<string, unknown>;
  return (stored) => {
    const merged: Record<string, unknown> = { ...((stored === null ? {} : decodeJson(stored)) as object), ...members };
    for (const name of removed) delete merged[name];
    return encodeJson(merged) ?? null;
  };
}

/** A text of the record: `undefined` when it is not given, `null` when it is to be unset. */
function textColumn(input: Partial<Record<Columns, unknown>>, column: Columns): string | null | undefined {
  const value = input[column];
  if (value === undefined || value === null) return value;
  if (typeof value !== "string") throw invalid(`${column} must be a string`, "INVALID_INPUT", { path: column });
  if (column !== "activeVersionId") checkKeyText(agents, column, value);
  return value;
}
