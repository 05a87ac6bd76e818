import { usageError } from "./errors.ts";

/** Flags of commands that go over what is stored. */
export const rangeFlags = {
  since: { type: "string", value: "<date>", about: "only what began from then on, such as 2026-01-31" },
  until: { type: "string", value: "<date>", about: "only what began before" },
  "dry-run": { type: "boolean", about: "counts, and changes nothing" },
  json: { type: "boolean", about: "the counts as JSON" },
} as const;

/** @throws CommandError for what is no date. */
export function rangeOf({ since, until }: { since?: string | undefined; until?: string | undefined }) {
  const [from, to] = [dateOf("--since", since), dateOf("--until", until)];
  return { ...(from && { since: from }), ...(to && { until: to }) };
}

function dateOf(flag: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw usageError(`${flag} must be a date such as 2026-01-31`);
  return date;
}
