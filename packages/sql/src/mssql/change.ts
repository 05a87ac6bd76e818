import type { WriteOp } from "@stowage/core/engine";
import { revision, type TableMapping } from "../mapping.ts";
import { given, openJson, place, RowShape } from "./rows.ts";

/** What an operation does to its record, apart from the values. */
export interface Change {
  /** `upsert` replaces or inserts, `replace` and `patch` change what is there, `insert` makes what is not. */
  readonly kind: "insert" | "upsert" | "replace" | "patch" | "remove";
  /** Columns that an upsert keeps, or that a patch sets. */
  readonly columns: readonly string[];
  /** Columns that become the greater of a value and the stored one plus one. */
  readonly raised: readonly string[];
}

const plain = (kind: Change["kind"]): Change => ({ kind, columns: [], raised: [] });

/** Nothing for an operation that changes nothing: a check, or one that expects its record to be absent. */
export function kindOf(op: WriteOp): Change | undefined {
  switch (op.op) {
    case "check":
      return undefined;
    case "remove":
      return op.expect === "absent" ? undefined : plain("remove");
    case "patch": {
      if (op.expect === "absent") return undefined;
      const raised = Object.keys(op.raise ?? {});
      const set = Object.entries(op.set ?? {}).filter(([name, value]) => value !== undefined && !raised.includes(name));
      return { kind: "patch", columns: set.map(([name]) => name), raised };
    }
    case "put": {
      if (op.mode === "insert" || op.expect === "absent") return plain("insert");
      if (op.expect !== undefined) return { kind: "replace", columns: op.keep ?? [], raised: [] };
      return op.mode === "skip" ? plain("insert") : { kind: "upsert", columns: op.keep ?? [], raised: [] };
    }
  }
}

export interface ChangeText {
  /** The columns whose values the rows carry. */
  readonly names: readonly string[];
  readonly shape: RowShape;
  /** The statements, given the variable that holds the rows. */
  readonly statements: readonly ((rows: string) => string)[];
}

/** The statements of a change, and what their rows are made of. */
export const changeText = (mapping: TableMapping, change: Change): ChangeText =>
  mapping.derive(`mssql/${change.kind}/${change.columns.join()}/${change.raised.join()}`, () => {
    const names = namesOf(mapping, change);
    const shape = new RowShape(names.map((name) => mapping.column(name)));
    const { kind } = change;
    const statements: ((rows: string) => string)[] = [];
    if (kind === "remove") statements.push((rows) => removal(mapping, shape, rows));
    if (kind === "patch" || kind === "replace" || kind === "upsert") {
      statements.push((rows) => update(mapping, shape, change, rows));
    }
    if (kind === "insert" || kind === "upsert") statements.push((rows) => insertion(mapping, shape, rows));
    return { names, shape, statements };
  });

/** The key first. */
function namesOf({ table }: TableMapping, { kind, columns, raised }: Change): readonly string[] {
  const key: readonly string[] = table.key;
  if (kind === "remove") return key;
  const others = kind === "patch" ? [...columns, ...raised] : table.columnNames;
  return [...key, ...others.filter((name) => !key.includes(name))];
}

/** The rows drive the look-ups here too: turned round, the text would be parsed once for each record that was seen. */
function insertion(mapping: TableMapping, shape: RowShape, rows: string): string {
  const { quote } = mapping.dialect;
  const all = [...shape.assignments(quote), { column: quote(revision), value: "s.[r]" }];
  const source = openJson(rows, [place, given, ...shape.fields]);
  return (
    `INSERT INTO ${mapping.quoted} (${all.map(({ column }) => column).join(", ")}) ` +
    `SELECT ${all.map(({ value }) => value).join(", ")} FROM ${source} ` +
    "INNER LOOP JOIN @seen AS n ON n.[i] = s.[i] WHERE n.[rev] IS NULL"
  );
}

function update(mapping: TableMapping, shape: RowShape, { kind, columns, raised }: Change, rows: string): string {
  const { quote, successor } = mapping.dialect;
  const fixed = new Set<string>([...mapping.table.key, ...(kind === "patch" ? raised : columns)]);
  const kept = new Set([...fixed].flatMap((name) => shape.columnsOf(name, quote)));
  const sets = shape
    .assignments(quote)
    .filter(({ column }) => !kept.has(column))
    .map(({ column, value }) => `${column} = ${value}`);
  for (const name of raised) {
    const { quoted, type } = mapping.column(name);
    const value = shape.valueOf(name);
    sets.push(`${quoted} = CASE WHEN t.${quoted} >= ${value} THEN ${successor(`t.${quoted}`, type)} ELSE ${value} END`);
  }
  const rev = quote(revision);
  sets.push(`${rev} = CASE WHEN t.${rev} >= s.[r] THEN t.${rev} + 1 ELSE s.[r] END`);
  return `UPDATE t SET ${sets.join(", ")} FROM ${joined(mapping, shape, rows)}`;
}

const removal = (mapping: TableMapping, shape: RowShape, rows: string): string =>
  `DELETE t FROM ${joined(mapping, shape, rows)}`;

/** The rows drive the look-ups of the records. */
const joined = (mapping: TableMapping, shape: RowShape, rows: string): string =>
  `${openJson(rows, [place, given, ...shape.fields])} INNER LOOP JOIN ${mapping.quoted} AS t ON ${shape.isKeyOf(mapping)}`;
