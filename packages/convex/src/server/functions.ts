import { isConflict, type WriteResult } from "@stowage/core/engine";
import { type Layout, recordWriter, schemaLayout, unpackRow } from "@stowage/kv";
import {
  type GenericMutationCtx,
  type GenericQueryCtx,
  internalMutationGeneric,
  internalQueryGeneric,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { ConvexError, v } from "convex/values";
import {
  layoutOf,
  protocol,
  type ReadCall,
  type WireAnswer,
  type WireError,
  type WireOp,
  type WireTable,
  type WriteAnswer,
  type WriteCall,
  writeOf,
} from "../wire.ts";
import { answered, keepAnswer } from "./answers.ts";
import { clearGarbage } from "./garbage.ts";
import { Meter } from "./meter.ts";
import { answerRequest } from "./reads.ts";
import { findHead, type Reader, textOf } from "./records.ts";
import type { StowageDataModel } from "./schema.ts";
import { DocumentStore } from "./writes.ts";

export interface StowageFunctionOptions {
  /**
   * Makes the functions public, and answers those callers alone that name this secret, of 16 characters or more. Absent: the
   * functions are internal, and only an admin or deploy key reaches them.
   */
  secret?: string | undefined;
}

interface Envelope {
  readonly protocol: number;
  readonly secret?: string;
}

const args = { protocol: v.number(), secret: v.optional(v.string()), call: v.any() };

/**
 * The two functions through which a store works: `read`, a query, and `write`, a mutation.
 *
 * ```ts
 * export const { read, write } = stowageFunctions();
 * ```
 */
export function stowageFunctions({ secret }: StowageFunctionOptions = {}) {
  if (secret !== undefined && secret.length < 16) throw new Error("stowageFunctions: secret is too short");
  const read = {
    args,
    handler: async (
      context: GenericQueryCtx<StowageDataModel>,
      { call, ...envelope }: Envelope & { call: ReadCall },
    ) => {
      check(envelope, secret);
      return answerAll(context.db, call);
    },
  };
  const write = {
    args,
    handler: async (
      context: GenericMutationCtx<StowageDataModel>,
      { call, ...envelope }: Envelope & { call: WriteCall },
    ) => {
      check(envelope, secret);
      return answerWrite(context, call);
    },
  };
  return secret === undefined
    ? { read: internalQueryGeneric(read as never), write: internalMutationGeneric(write as never) }
    : { read: queryGeneric(read as never), write: mutationGeneric(write as never) };
}

async function answerAll(db: Reader, { requests }: ReadCall): Promise<WireAnswer[]> {
  const meter = new Meter();
  const answers: WireAnswer[] = [];
  for (const request of requests) answers.push(await answerRequest(db, meter, request));
  return answers;
}

async function answerWrite({ db }: GenericMutationCtx<StowageDataModel>, call: WriteCall): Promise<WriteAnswer> {
  const { maxPartBytes, tables, work } = call;
  const meter = new Meter();
  if (work.kind === "clear") return done([], !(await clearGarbage(db, meter)));
  if (work.kind === "batch") {
    const before = await answered(db, work);
    if (before) return before;
  }
  for (const table of tables) if (!(await isCurrent(db, meter, call, table))) return { kind: "layout" };
  const layouts = tables.map((table) => layoutOf(table, maxPartBytes));
  const store = new DocumentStore(db, meter, call, restsOnWhole(call));
  const writer = recordWriter(store);
  const write = async (): Promise<readonly WriteResult[]> => {
    if (work.kind === "index") return writer.reindex(layouts[0] as Layout, work.ids, {}).then(() => []);
    const batch = work.ops.map((op) => writeOf(op, layouts[op.table] as Layout));
    if (work.kind === "bulk") return writer.bulk(batch, {}).then(() => []);
    return writer.write?.(batch, {}) ?? [];
  };
  try {
    const answer = done(await write(), store.left);
    if (work.kind === "batch") await keepAnswer(db, meter, work, answer);
    return answer;
  } catch (error) {
    return refused(error);
  }
}

const done = (results: readonly WriteResult[], left: boolean): WriteAnswer => ({
  kind: "done",
  results: results.map(({ outcome, rev }) => [outcome, rev] as const),
  ...(left && { left }),
});

/** A batch is refused before its first change. Entries that were made before one was refused may stay. */
function refused(error: unknown): WriteAnswer {
  if (!isConflict(error)) throw error;
  const { index, key, reason, unique } = error.refusal;
  return { kind: "refused", index, key, reason, ...(unique !== undefined && { unique }) };
}

/** Whether the writer knows of everything that has been added to the table. */
async function isCurrent(
  db: Reader,
  meter: Meter,
  { prefix, maxPartBytes }: WriteCall,
  { name, version }: WireTable,
): Promise<boolean> {
  if (version === 0) return true;
  const layout = schemaLayout(maxPartBytes);
  const stamp = await findHead(db, prefix + layout.table.name, layout.id([name]));
  return stamp !== null && unpackRow(layout, await textOf(db, meter, stamp), stamp.v).version === version;
}

/** Tells which stored rows a change needs as a whole; the others are needed for their keys. */
function restsOnWhole({ tables, work }: WriteCall): (table: string, id: string) => boolean {
  if (work.kind !== "batch" && work.kind !== "bulk") return () => true;
  const whole = ({ op, keep, table }: WireOp) => {
    const { columns, declared } = tables[table] as WireTable;
    return op === "patch" || (op === "upsert" && (keep !== undefined || declared < columns.length));
  };
  const named = new Set(work.ops.filter(whole).map(({ table, id }) => `${tables[table]?.name}\n${id}`));
  return (table, id) => named.has(`${table}\n${id}`);
}

function check(envelope: Envelope, secret: string | undefined): void {
  if (secret !== undefined && !isSame(envelope.secret ?? "", secret)) throw refusal("secret");
  if (envelope.protocol !== protocol) throw refusal("protocol");
}

/** Takes as long wherever the texts differ. */
function isSame(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length;
  for (let at = 0; at < secret.length; at++) difference |= given.charCodeAt(at) ^ secret.charCodeAt(at);
  return difference === 0;
}

const refusal = (stowage: WireError["stowage"]) => new ConvexError({ stowage });
