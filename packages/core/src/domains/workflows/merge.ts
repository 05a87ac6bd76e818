import { member } from "./members.ts";

/**
 * The entry that results when `next` meets the stored `entry` of one step. Iterations of a for-each step run in parallel and
 * all write one shared `output` array, so two arrays are merged slot by slot; anything else is replaced. Both are plain JSON.
 */
export function mergeResult(entry: unknown, next: unknown): unknown {
  const stored = outputOf(entry);
  const given = outputOf(next);
  if (!stored || !given) return next;
  const restarts = given.some(isPending);
  const output: unknown[] = [];
  for (let slot = 0; slot < Math.max(stored.length, given.length); slot++) {
    output.push(mergeSlot(stored, given, slot, restarts));
  }
  return restarts ? overlay(entry, { output }) : overlay(overlay(entry, next as object), { output });
}

function mergeSlot(stored: readonly unknown[], given: readonly unknown[], slot: number, restarts: boolean): unknown {
  const old = slot < stored.length ? stored[slot] : null;
  if (slot >= given.length) return old;
  const next = given[slot];
  if (isPending(next)) return old === null || isPending(old) || isSuspended(old) ? null : old;
  return next !== null && !restarts ? next : old;
}

function outputOf(entry: unknown): readonly unknown[] | undefined {
  if (Array.isArray(entry)) return undefined;
  const output = member(entry, "output");
  return Array.isArray(output) ? output : undefined;
}

/** The marker by which a for-each step says "start this iteration again". */
function isPending(slot: unknown): boolean {
  return member(slot, "__mastra_pending__") === true && Object.keys(slot as object).length === 1;
}

function isSuspended(slot: unknown): boolean {
  return (
    member(slot, "status") === "suspended" &&
    (member(slot, "suspendPayload") !== undefined || member(slot, "suspendedAt") !== undefined)
  );
}

/** Spread defines own members, so a member named `__proto__` stays one. */
const overlay = (base: unknown, top: object): object => ({ ...(base as object), ...top });
