import { checkKeyText } from "../../engine/keys.ts";
import { modifyBy } from "../../engine/modify.ts";
import { get, insert, patch, type WriteOp } from "../../engine/operations.ts";
import type { Row } from "../../engine/table.ts";
import { invalid, isConflict } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { isKeyText } from "../shared/key-text.ts";
import { completePage } from "../shared/pages.ts";
import { lookupId, requireId } from "../shared/values.ts";
import { finishDeletion, noDeletion, scopeOf, unlessDeleting, versionDeletions } from "./deletion.ts";
import { agentNotFound, versionConflict } from "./errors.ts";
import { latestOp } from "./read-versions.ts";
import { type SnapshotTexts, snapshotOf, toSnapshot, toVersion, toVersionRow } from "./snapshot.ts";
import { agents, agentVersions } from "./tables.ts";
import type { AgentVersion, CreateVersionInput } from "./types.ts";

type VersionRow = Row<typeof agentVersions>;

export async function createVersion(context: DomainContext, input: CreateVersionInput): Promise<AgentVersion> {
  const { engine, clock } = context;
  const agentId = lookupId(input?.agentId, "agentId");
  if (agentId === undefined || !isKeyText(agentId)) throw agentNotFound(input?.agentId);
  const id = input.id === undefined || input.id === null ? clock.id() : requireId(input.id, "id");
  checkKeyText(agentVersions, "id", id);
  const number = input.versionNumber ?? undefined;
  if (number !== undefined && !(Number.isSafeInteger(number) && number >= 1)) {
    throw invalid("versionNumber must be an integer >= 1", "INVALID_INPUT", { path: "versionNumber" });
  }
  const head = { id, agentId, ...changeOf(input), createdAt: clock.now() };
  const snapshot = snapshotOf(input);
  const rowOf = (versionNumber: number) => toVersionRow({ ...head, versionNumber }, snapshot);
  let row = rowOf(number ?? 1);
  try {
    if (number !== undefined) await unlessDeleting(context, agentId, () => engine.write(addVersion(row)));
    else {
      await modifyBy(engine, scopeOf(agentId), async () => {
        row = rowOf((await latestOf(context, agentId, id)).number + 1);
        return { write: addVersion(row), result: undefined };
      });
    }
  } catch (error) {
    if (!isConflict(error)) throw error;
    if (error.refusal.table === agents.name) throw agentNotFound(agentId);
    throw versionConflict(row, error);
  }
  return toVersion(row);
}

/**
 * The batch of a new version. The empty change moves the record's revision on, so that a deletion under way cannot overlook
 * the version.
 */
const addVersion = (row: VersionRow): WriteOp[] => [
  patch(agents, [row.agentId], { expect: "exists" }),
  insert(agentVersions, row),
  noDeletion(row.agentId),
];

/** The next version of an agent: its latest configuration with these fields over it. */
export async function nextVersion(context: DomainContext, agentId: string, fields: SnapshotTexts): Promise<WriteOp[]> {
  const { clock } = context;
  const id = clock.id();
  const { number, row } = await latestOf(context, agentId, id);
  const snapshot = new Map([...(row ? snapshotOf(toSnapshot(row)) : []), ...fields]);
  const head = { id, agentId, versionNumber: number + 1, changedFields: [...fields.keys()], changeMessage: undefined };
  return [insert(agentVersions, toVersionRow({ ...head, createdAt: clock.now() }, snapshot)), noDeletion(agentId)];
}

/** The latest version of an agent that exists, on the way to the next one. @throws when `id` is taken by another version. */
async function latestOf(context: DomainContext, agentId: string, id: string) {
  const op = latestOp(agentId);
  const [{ rows: records }, { rows: marks }, { rows: same }, page] = await context.engine.read([
    get(agents, [[agentId]], ["id"]),
    versionDeletions.among([agentId]),
    get(agentVersions, [[id]], ["versionNumber"]),
    op,
  ]);
  if (!records[0]) throw agentNotFound(agentId);
  if (same[0]) throw versionConflict({ id, agentId, versionNumber: same[0].versionNumber });
  if (marks[0]) await finishDeletion(context, agentId);
  const row = marks[0] ? undefined : (await completePage(context.engine, op, page)).rows[0];
  return { number: row?.versionNumber ?? 0, row };
}

function changeOf({ changedFields, changeMessage }: CreateVersionInput) {
  if (changedFields !== undefined && changedFields !== null && !Array.isArray(changedFields)) {
    throw invalid("changedFields must be an array", "INVALID_INPUT", { path: "changedFields" });
  }
  if (changeMessage !== undefined && changeMessage !== null && typeof changeMessage !== "string") {
    throw invalid("changeMessage must be a string", "INVALID_INPUT", { path: "changeMessage" });
  }
  return { changedFields: changedFields ?? undefined, changeMessage: changeMessage ?? undefined };
}
