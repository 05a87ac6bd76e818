import { checkKeyText } from "../../engine/keys.ts";
import { type Change, modifyBy } from "../../engine/modify.ts";
import {
  check,
  type Find,
  find,
  get,
  insert,
  type Page,
  patch,
  upsert,
  type WriteOp,
} from "../../engine/operations.ts";
import type { Row } from "../../engine/table.ts";
import { isConflict } from "../../errors.ts";
import { isGiven, pathTextColumn, textColumn, textsColumn } from "../shared/columns.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletedIds } from "../shared/deletions.ts";
import { completePage } from "../shared/pages.ts";
import { readTogether } from "../shared/read-together.ts";
import { requireId } from "../shared/values.ts";
import { experimentNotFound, resultNotFound, resultTaken } from "./errors.ts";
import { encodeResult, type ResultColumns } from "./input.ts";
import { purgedResult, type StoredResult, toResult } from "./records.ts";
import { finishRemoval, resultRemovals } from "./removal.ts";
import { factsOf } from "./runs.ts";
import { experiments, results } from "./tables.ts";
import type { AddExperimentResultInput, ExperimentResult, UpdateExperimentResultInput } from "./types.ts";
import { pendingPurges, withoutPurged } from "./view.ts";

type ResultRow = Row<typeof results>;

/** Inserts a result of a run that exists. */
export function addResult(context: DomainContext, input: AddExperimentResultInput): Promise<ExperimentResult> {
  const { clock, engine } = context;
  const columns = encodeResult(input);
  const id = isGiven(input.id) ? requireId(input.id, "id") : clock.id();
  checkKeyText(results, "id", id);
  return modifyBy(engine, `${results.name}/${id}`, async (tries) => {
    // Only once it was refused is it worth a look whether it is a second one.
    if (tries > 0 && (await isTaken(context, columns, id))) {
      throw resultTaken(columns.experimentId, columns.itemId, columns.attempt, id);
    }
    return writeUnderRun(context, columns, tries, undefined, (given) => {
      const row: ResultRow = { ...given, comment: null, id, createdAt: clock.now() };
      return { put: insert(results, row), row };
    });
  });
}

/** Inserts or replaces the result of an attempt at an item. */
export async function upsertResult(
  context: DomainContext,
  input: Omit<AddExperimentResultInput, "id">,
): Promise<ExperimentResult> {
  const columns = encodeResult(input);
  const { experimentId, itemId, attempt } = columns;
  const scope = `${results.name}/${JSON.stringify([experimentId, itemId, attempt])}`;
  for (let rounds = 0; ; rounds++) {
    try {
      return await modifyBy(context.engine, scope, (tries) => attemptUpsert(context, columns, tries));
    } catch (error) {
      // None of any number of submissions may fail for the others' sake.
      if (!isConflict(error) || rounds >= 10) throw error;
    }
  }
}

function attemptUpsert(
  context: DomainContext,
  columns: ResultColumns,
  tries: number,
): Promise<Change<ExperimentResult>> {
  const { clock } = context;
  return writeUnderRun(context, columns, tries, ofAttempt(columns), (given, existing) => {
    if (!existing) {
      const row: ResultRow = { ...given, comment: null, id: clock.id(), createdAt: clock.now() };
      return { put: insert(results, row), row };
    }
    // What was erased stays erased, also where the dataset that said so is gone.
    const erased = given.purgedAt ?? existing.purgedAt;
    const { id, createdAt, comment } = existing;
    const row: ResultRow = { ...given, id, createdAt, comment, ...(erased !== null && purgedResult(erased)) };
    return { put: upsert(results, row, { expect: { rev: existing._rev } }), row };
  });
}

/**
 * A batch that writes a result only while its run exists, no removal of results is under way, and the item is as purged as the
 * row says. None of it waits for writers of the dataset or of other results.
 */
async function writeUnderRun(
  context: DomainContext,
  columns: ResultColumns,
  tries: number,
  standing: Find<typeof results> | undefined,
  build: (
    columns: ResultColumns & { purgedAt: number | null },
    existing: StoredResult | undefined,
  ) => { put: WriteOp; row: ResultRow },
): Promise<Change<ExperimentResult>> {
  const { engine } = context;
  const { experimentId, itemId } = columns;
  const facts = factsOf(context);
  const found = await readTogether(engine, {
    run: get(experiments, [[experimentId]], ["datasetId", "organizationId", "projectId"]),
    item: facts?.itemRead(itemId),
    standing,
    removal: tries > 0 ? resultRemovals.among([experimentId]) : undefined,
  });
  const run = found.run.rows[0];
  if (!run) throw experimentNotFound(experimentId);
  if (found.removal?.rows[0]) await finishRemoval(engine, experimentId);
  const verdict = facts && run.datasetId !== null ? await facts.judgeItem(itemId, found.item, run.datasetId) : {};
  const page = found.standing as Page<typeof results> | undefined;
  const existing = standing && page ? (await completePage(engine, standing, page)).rows[0] : undefined;

  const { put, row } = build(
    {
      ...columns,
      organizationId: columns.organizationId ?? run.organizationId,
      projectId: columns.projectId ?? run.projectId,
      purgedAt: null,
      ...(verdict.purgedAt !== undefined && purgedResult(verdict.purgedAt)),
    },
    existing as StoredResult | undefined,
  );
  const guards: WriteOp[] = [check(experiments, [experimentId], "exists"), resultRemovals.none(experimentId)];
  if (verdict.check) guards.push(verdict.check);
  return { write: [...guards, put], result: toResult(row) };
}

const ofAttempt = ({ experimentId, itemId, attempt }: ResultColumns) =>
  find(results, { path: "ofAttempt", eq: { experimentId, itemId, attempt }, limit: 1 });

async function isTaken({ engine }: DomainContext, columns: ResultColumns, id: string): Promise<boolean> {
  const walk = { ...ofAttempt(columns), columns: ["id"] as const };
  const [{ rows: byId }, page] = await engine.read([get(results, [[id]], ["experimentId"]), walk]);
  return byId[0] !== undefined || (await completePage(engine, walk, page)).rows.length > 0;
}

/** Changes what reviewers give: `undefined` leaves, `null` clears. */
export function updateResult(
  context: DomainContext,
  id: string,
  { experimentId, status, tags, comment }: UpdateExperimentResultInput,
): Promise<ExperimentResult> {
  const { engine } = context;
  const state = status === undefined ? {} : statusColumns(status);
  const words = {
    ...(tags !== undefined && { tags: textsColumn(tags, "tags") }),
    ...(comment !== undefined && { comment: textColumn(comment, "comment") }),
  };
  return modifyBy(engine, `${results.name}/${id}`, async () => {
    const found = await readTogether(engine, {
      result: get(results, [[id]]),
      removals: resultRemovals.all(),
      purges: pendingPurges(context),
    });
    const row = found.result.rows[0];
    const isGone = row && deletedIds(found.removals.rows).has(row.experimentId);
    if (!row || isGone || (experimentId !== undefined && row.experimentId !== experimentId)) throw resultNotFound(id);
    const [seen] = await withoutPurged(context, [row], found.purges);
    const set = { ...state, ...(seen?.purgedAt === null && words) };
    const result = toResult({ ...(seen as StoredResult), ...set });
    if (Object.keys(set).length === 0) return { result };
    return { write: [patch(results, [id], { set, expect: { rev: row._rev } })], result };
  });
}

function statusColumns(status: unknown) {
  const text = pathTextColumn(results, status, "status");
  return { status: text, reviewState: text ?? "" };
}
