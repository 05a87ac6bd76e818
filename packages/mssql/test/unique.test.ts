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

/** A pool whose writes are refused in a place for a taken code, which the card named holds. */
function refusing(place: number, holder: string): PoolLike {
  const set = (names: readonly string[], rows: unknown[][]) =>
    Object.assign(rows, { columns: names.map((name) => ({ name, type: undefined })) });
  const message = "Cannot insert duplicate key row in object 'dbo.cards' with unique index 'cards_code_key'. (x)";
  const request = () => ({
    input: () => undefined,
    cancel: () => undefined,
    batch: async () => undefined,
    async query(sql: string) {
      if (sql.includes("sys.databases")) return { recordsets: [set(["a", "b", "c"], [[1, 0, 160]])] };
      if (sql.includes("BEGIN TRY")) {
        return { recordsets: [set(["stowage_failed", "number", "message"], [[place, 2601, message]])] };
      }
      return { recordsets: [set(["id", "_rev", "n"], [[stored(holder), 1, 0]])] };
    },
  });
  return { connected: true, request, connect: async () => undefined, close: async () => undefined, transaction: never };
}
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
  const engine = mssqlEngine({ pool: refusing(place, "a") });
  await expect(engine.write([first, insertOrSkip(cards, card("b", "1"))])).rejects.toMatchObject({
    code: "conflict",
    refusal: { index: 1, reason: "unique", unique: "byCode" },
  });
});

test("what a removed record held is free, so that a refusal for it is tried again and then told as it came", async () => {
  const engine = mssqlEngine({ pool: refusing(second, "a") });
  await expect(engine.write([remove(cards, ["a"]), insert(cards, card("b", "1"))])).rejects.toMatchObject({
    ...{ code: "internal", details: { number: 2601 } },
  });
});
