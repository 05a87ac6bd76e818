import type { Row } from "@stowage/core/engine";
import type { accounts, ordered, things, values } from "./tables.ts";

export type Thing = Row<typeof things>;

export const thing = (scope: string, id: string, changes: Partial<Thing> = {}): Thing => ({
  scope,
  id,
  kind: "a",
  at: 1_700_000_000_000,
  seq: 0,
  note: null,
  amount: null,
  meta: null,
  tags: null,
  touchedAt: null,
  ...changes,
});

/** `count` things with ids `000`, `001`, …; `change` makes them differ. */
export const manyThings = (
  scope: string,
  count: number,
  change: (index: number) => Partial<Thing> = () => ({}),
): Thing[] => Array.from({ length: count }, (_, index) => thing(scope, String(index).padStart(3, "0"), change(index)));

export const valueRow = (scope: string, id: string, changes: Partial<Row<typeof values>> = {}): Row<typeof values> => ({
  scope,
  id,
  text: "",
  textOrNull: null,
  json: "{}",
  jsonOrNull: null,
  timestamp: 0,
  timestampOrNull: null,
  integer: 0,
  integerOrNull: null,
  bigint: 0n,
  bigintOrNull: null,
  float: 0,
  floatOrNull: null,
  boolean: false,
  booleanOrNull: null,
  ...changes,
});

export const orderedRow = (
  scope: string,
  id: string,
  changes: Partial<Row<typeof ordered>> = {},
): Row<typeof ordered> => ({
  scope,
  id,
  label: "",
  weight: null,
  size: 0n,
  flag: false,
  owner: null,
  at: 0,
  ...changes,
});

export const account = (
  scope: string,
  id: string,
  changes: Partial<Row<typeof accounts>> = {},
): Row<typeof accounts> => ({
  scope,
  id,
  email: `${id}@example.com`,
  handle: null,
  team: null,
  number: null,
  ...changes,
});
