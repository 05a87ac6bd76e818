import { StorageError, type Table } from "@stowage/core/engine";
import { isTransient, translate } from "./errors.ts";
import { keyName } from "./indexes.ts";
import type { Step } from "./write-plan.ts";

/** An attempt that did not go as planned; nothing of it stays. */
export class Missed extends Error {
  /** The operation and unique key that a unique index refused. */
  readonly unique: { readonly step: Step; readonly name: string } | undefined;

  constructor(unique?: Missed["unique"]) {
    super("the batch did not go as planned");
    this.unique = unique;
  }
}

/** The server does not know what an attempt asked of it, and will be asked otherwise. Nothing was applied. */
export class NotUnderstood extends Error {}

/** What a unique index refused, by the server's words. */
export function missedBy(text: string, step: Step | undefined): Missed {
  const name = step && uniqueKeyIn(text, step.table);
  return new Missed(step && name !== undefined ? { step, name } : undefined);
}

/** The unique key that the server's words name; `undefined` when it was the key of the record. */
export function uniqueKeyIn(text: string, table: Table): string | undefined {
  if (/index: _id_\b/.test(text)) return undefined;
  const named = table.unique
    .map(({ name, columns }) => ({ name, index: keyName(table, columns) }))
    .filter(({ index }) => text.includes(index))
    // One name may begin another one.
    .sort((a, b) => b.index.length - a.index.length);
  return (named[0] ?? table.unique[0])?.name;
}

/** In a transaction nothing is applied before the commit, and errors keep the label that says what may be tried again. */
export const keepTransient = (error: unknown): unknown => {
  if (isTransient(error)) return error;
  const told = translate(error);
  return told.code === "unknown_outcome" ? new StorageError(told.message, { code: "unavailable", cause: error }) : told;
};
