import { defineTable, insert, insertOrSkip, patch, remove, text, upsert, type WriteOp } from "@stowage/core/engine";
import { mssqlEngine, type PoolLike } from "@stowage/mssql";
import { expect, test } from "vitest";

// The server names one taken key of a list of rows, and none of the rows: which operation it was is worked out from reads.

const cards = defineTable(
  "cards",
  { id: text(), code: text(), note: text() },
  { key: ["id"], unique: { byCode: ["code"] } },
);
const card = (id: string, code: string) => ({ id, code, note: "" });
const stored = (value: string) => `${value}\u0001`;

type Row = Readonly<Record<string, unknown>>;
const rowOf = (values: Row): Row =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, stored(String(value))]));

/** A pool whose writes are refused in a place by the index of codes, and whose table holds some rows, as they are stored. */
function refusing(place: number, index: string, rows: readonly Row[]): PoolLike {
  const set = (names: readonly string[], answers: unknown[][]) =>
    Object.assign(answers, { columns: names.map((name) => ({ name, type: undefined })) });
  const message = `Cannot insert duplicate key row in object 'dbo.cards' with unique index '${index}'. (x)`;
  const request = () => {
    const inputs: unknown[] = [];
    return {
      input: (_: string, ...rest: unknown[]) => void inputs.push(rest.at(-1)),
      cancel: () => undefined,
      batch: async () => undefined,
      async query(sql: string) {
        if (sql.includes("sys.databases")) return { recordsets: [set(["a", "b", "c"], [[1, 0, 160]])] };
        if (sql.includes("BEGIN TRY")) {
          return { recordsets: [set(["stowage_failed", "number", "message"], [[place, 2601, message]])] };
        }
        return { recordsets: [lookUp(sql, inputs)] };
      },
    };
  };
  // A look-up by keys: those of a list in a parameter, or one whose parts are parameters.
  const lookUp = (sql: string, inputs: readonly unknown[]) => {
    const by = [...sql.matchAll(/t\.\[(\w+)\] = /g)].map(([, name]) => name as string);
    const isList = sql.includes("OPENJSON");
    const keys: Row[] = isList
      ? JSON.parse(String(inputs[0]))
      : [Object.fromEntries(inputs.map((value, at) => [`c${at}`, value]))];
    const names = [...sql.matchAll(/AS \[(\w+)\]|t\.\[(_rev)\]/g)].map(([, name, revision]) => name ?? revision ?? "");
    const answers = keys.flatMap((key, n) =>
      rows
        .filter((row) => by.every((name, at) => row[name] === key[`c${at}`]))
        .map((row) => names.map((name) => (name === "n" ? n : name === "_rev" ? 1 : row[name]))),
    );
    return set(names, answers);
  };
  return { connected: true, request, connect: async () => undefined, close: async () => undefined, transaction: never };
}
/** The card `a` has the code `1`. */
const refusingCard = (place: number) => refusing(place, "cards_code_key", [rowOf(card("a", "1"))]);
const never = () => {
  throw new Error("nothing here needs a transaction");
};

/** The statement that applies the second change: the variables of both and the first one are before it. */
const second = 5;

test.each<[string, WriteOp]>([
  ["a patch that leaves the key alone", patch(cards, ["a"], { set: { note: "x" } })],
  ["an upsert that keeps the key", upsert(cards, card("a", "2"), { keep: ["code"] })],
])("%s releases nothing: what its record holds is taken", async (_, first) => {
  const place = first.op === "put" ? second + 1 : second;
  const engine = mssqlEngine({ pool: refusingCard(place) });
  await expect(engine.write([first, insertOrSkip(cards, card("b", "1"))])).rejects.toMatchObject({
    code: "conflict",
    refusal: { index: 1, reason: "unique", unique: "byCode" },
  });
});

test("what a removed record held is free, so that a refusal for it is tried again and then told as it came", async () => {
  const engine = mssqlEngine({ pool: refusingCard(second) });
  await expect(engine.write([remove(cards, ["a"]), insert(cards, card("b", "1"))])).rejects.toMatchObject({
    ...{ code: "internal", details: { number: 2601 } },
  });
});

test("what a patch takes is taken for those that come after it", async () => {
  const engine = mssqlEngine({ pool: refusingCard(second + 1) });
  const ops = [
    patch(cards, ["a"], { set: { code: "2" } }),
    insert(cards, card("b", "1")),
    insert(cards, card("c", "2")),
  ];
  await expect(engine.write(ops)).rejects.toMatchObject({ refusal: { index: 2, reason: "unique", unique: "byCode" } });
});

test("a patch of a part of a unique key takes it with what its record holds of the rest", async () => {
  const shelves = defineTable(
    "cards",
    { id: text(), code: text(), note: text() },
    { key: ["id"], unique: { byCode: ["id", "code"], byNote: ["note", "code"] } },
  );
  const engine = mssqlEngine({
    pool: refusing(second, "cards_note_code_key", [rowOf({ id: "a", code: "1", note: "n" })]),
  });
  const ops = [patch(shelves, ["a"], { set: { code: "2" } }), upsert(shelves, { id: "b", code: "2", note: "n" })];
  await expect(engine.write(ops)).rejects.toMatchObject({ refusal: { index: 1, reason: "unique", unique: "byNote" } });
});
