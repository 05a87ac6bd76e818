import { expect, test } from "vitest";
import { guessMapping, itemsFrom, readTable } from "./import-file.ts";

test("CSV with quotes, line breaks and a byte order mark becomes items", async () => {
  const table = await readTable(
    "a.csv",
    '\uFEFFid,question,expected,price\n1,"Where, \n""now""?",{"a":1},1.50\n2,Why?,,x\n',
  );
  expect(table).toMatchObject({ columns: ["id", "question", "expected", "price"], problems: [] });
  const { items, withoutInput } = itemsFrom(table, guessMapping(table.columns));
  expect(withoutInput).toEqual([]);
  expect(items).toEqual([
    {
      externalId: "1",
      input: 'Where, \n"now"?',
      groundTruth: { a: 1 },
      metadata: { price: "1.50" },
      source: { type: "csv" },
    },
    { externalId: "2", input: "Why?", groundTruth: "", metadata: { price: "x" }, source: { type: "csv" } },
  ]);
});

test("numbers keep their digits", async () => {
  const { rows } = await readTable("a.csv", "input\n12345678901234567890\n007\n42\n");
  expect(rows.map(({ input }) => input)).toEqual(["12345678901234567890", "007", 42]);
});

test("JSON lines say which line is bad, JSON is a list or an export with items", async () => {
  const lines = await readTable("a.jsonl", '{"input":1}\nnonsense\n\n[2]\n{"input":{"q":3},"extra":true}');
  expect(lines.problems).toEqual([
    { line: 2, reason: "is no JSON object" },
    { line: 4, reason: "is no JSON object" },
  ]);
  expect(lines.columns).toEqual(["input", "extra"]);
  expect((await readTable("a.json", '[{"input":1}]')).rows).toEqual([{ input: 1 }]);
  expect((await readTable("a.json", '{"items":[{"input":1}]}')).rows).toEqual([{ input: 1 }]);
});

test("several columns for one field make an object, and rows without input are told", async () => {
  const table = await readTable("a.jsonl", '{"city":"Bern","day":1}\n{"note":"none"}');
  const mapping = { city: "input", day: "input", note: "ignore" } as const;
  expect(itemsFrom(table, mapping)).toEqual({
    items: [{ input: { city: "Bern", day: 1 }, source: { type: "json" } }],
    withoutInput: [2],
  });
});
