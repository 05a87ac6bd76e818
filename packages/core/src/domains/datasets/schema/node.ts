import type { SchemaIssue } from "../errors.ts";

/** Where in the value a check stands: the way down from the root. */
export type Place = { readonly parent: Place; readonly key: string | number } | undefined;

/** Properties and items that some keyword has looked at, for `unevaluatedProperties` and `unevaluatedItems`. */
export interface Seen {
  readonly properties: Set<string>;
  readonly items: Set<number>;
}

/** One validation of one value. */
export interface Run {
  readonly issues: SchemaIssue[];
  readonly limit: number;
  /** Above zero inside `not`, `anyOf` and the like, where a failure is no finding. */
  quiet: number;
  depth: number;
  steps: number;
}

/** One keyword, ready to run. Returns whether the value passes, and reports why not. */
export type Check = (value: unknown, place: Place, run: Run, seen: Seen | undefined) => boolean;

/** A compiled schema. Its checks are filled in after it is known by name, so that schemas may refer to themselves. */
export interface SchemaNode {
  readonly checks: Check[];
  /** Whether a keyword of this very schema asks what the others have evaluated. */
  tracks?: boolean;
}

/** A value or schema that would take too long: the one case in which a validation ends early. */
export class TooMuchWork extends Error {}

const maxDepth = 1000;
const maxSteps = 5_000_000;

/** Runs every check of a node; after the first failure only as long as there is something left to report. */
export function evaluate(node: SchemaNode, value: unknown, place: Place, run: Run, seen: Seen | undefined): boolean {
  if (++run.steps > maxSteps) throw new TooMuchWork("takes too many steps to validate");
  if (++run.depth > maxDepth) throw new TooMuchWork("is nested too deeply to validate");
  const own = node.tracks && !seen ? newSeen() : seen;
  let valid = true;
  for (const check of node.checks) {
    if (check(value, place, run, own)) continue;
    valid = false;
    if (run.quiet > 0 || run.issues.length >= run.limit) break;
  }
  run.depth--;
  return valid;
}

/** Whether the value satisfies the node, without reporting anything. */
export function test(node: SchemaNode, value: unknown, place: Place, run: Run, seen: Seen | undefined): boolean {
  run.quiet++;
  const valid = evaluate(node, value, place, run, seen);
  run.quiet--;
  return valid;
}

/** Reports a finding; always false, so that a check can end with it. */
export function fail(run: Run, place: Place, code: string, message: string): false {
  if (run.quiet === 0 && run.issues.length < run.limit) run.issues.push({ path: pointerTo(place), code, message });
  return false;
}

/** A JSON pointer; `/` for the root. */
export function pointerTo(place: Place): string {
  let pointer = "";
  for (let at = place; at; at = at.parent) pointer = `/${escapePointer(String(at.key))}${pointer}`;
  return pointer || "/";
}

export const escapePointer = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

export const newSeen = (): Seen => ({ properties: new Set(), items: new Set() });

/** A fresh record for a subschema on the same value, merged into `seen` only if that subschema holds. */
export function branch(seen: Seen | undefined): Seen | undefined {
  return seen && newSeen();
}

export function merge(seen: Seen | undefined, from: Seen | undefined): void {
  if (!seen || !from) return;
  for (const name of from.properties) seen.properties.add(name);
  for (const index of from.items) seen.items.add(index);
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
