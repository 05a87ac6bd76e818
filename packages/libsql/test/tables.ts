import { bigint, boolean, defineTable, float, integer, json, text, timestamp } from "@stowage/core/engine";

/** A table with every kind of column, paths of every kind, and a unique key. */
export const notes = defineTable(
  "notes",
  {
    id: text(),
    owner: text(),
    title: text().nullable(),
    body: json().nullable(),
    at: timestamp(),
    dueAt: timestamp().nullable(),
    n: integer(),
    big: bigint().nullable(),
    ratio: float().nullable(),
    done: boolean(),
    slug: text().nullable(),
  },
  {
    key: ["id"],
    unique: { bySlug: ["owner", "slug"] },
    paths: {
      byOwner: { eq: ["owner"], sort: ["at"] },
      byDone: { eq: ["owner", "done"], sort: ["n"] },
      byDue: { eq: ["owner"], sort: ["dueAt"] },
      bySize: { eq: ["owner"], sort: ["big"] },
      byAge: { sort: ["at"], onDemand: true },
    },
  },
);

/** A table with a key of several columns, part of which is a path. */
export const steps = defineTable(
  "steps",
  { workflow: text(), run: text(), step: text(), at: timestamp(), output: json().nullable() },
  {
    key: ["workflow", "run", "step"],
    paths: { ofRun: { eq: ["workflow", "run"] }, byTime: { eq: ["workflow"], sort: ["at"] } },
  },
);

/** A note with a value in every column that is not given. */
export const noteOf = (given: {
  id: string;
  owner?: string;
  title?: string | null;
  body?: string | null;
  at?: number;
  dueAt?: number | null;
  n?: number;
  big?: bigint | null;
  ratio?: number | null;
  done?: boolean;
  slug?: string | null;
}) => ({
  owner: "ada",
  title: null,
  body: null,
  at: 1_700_000_000_000,
  dueAt: null,
  n: 0,
  big: null,
  ratio: null,
  done: false,
  slug: null,
  ...given,
});
