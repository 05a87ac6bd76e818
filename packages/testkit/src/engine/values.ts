import { type EngineValue, find, get, patch, type Row, upsert } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import {
  awkwardBigints,
  awkwardFloats,
  awkwardIntegers,
  awkwardJson,
  awkwardKeys,
  awkwardTexts,
  awkwardTimestamps,
} from "../awkward.ts";
import { fd } from "../field-defect.ts";
import { fetch, pageOf, seed, withoutRevision } from "./access.ts";
import type { Lab } from "./lab.ts";
import { valueRow } from "./rows.ts";
import { reserved, things, values } from "./tables.ts";

const awkward: Readonly<Record<string, readonly EngineValue[]>> = {
  text: awkwardTexts,
  json: awkwardJson,
  timestamp: awkwardTimestamps,
  integer: awkwardIntegers,
  bigint: awkwardBigints,
  float: awkwardFloats,
  boolean: [false, true],
};

/** The defects that a column of each type has had. */
const inColumn = (type: string, rule: string, body: () => Promise<void>): void => {
  const of = `a ${type} column ${rule}`;
  if (type === "text") fd("FD-063", of, body);
  else if (type === "json") fd("FD-067", of, body);
  else if (type === "timestamp") fd("FD-143", of, body);
  else if (type === "bigint") fd("FD-071", of, body);
  else fd("FD-073", of, body);
};

/** A value that is saved comes back as it was, in every type and by every way in and out. */
export function valuesSection(lab: Lab): void {
  describe("values", () => {
    for (const [type, list] of Object.entries(awkward)) {
      inColumn(type, "gives back every value as it was put", async () => {
        const scope = lab.scope();
        const rows = list.map((value, index) =>
          valueRow(scope, id(index), { [type]: value, [`${type}OrNull`]: value } as Partial<Row<typeof values>>),
        );
        for (const row of rows) await lab.engine.write([upsert(values, row)]);

        const found = await pageOf(lab.engine, find(values, { path: "all", eq: { scope } }));
        expect(found.rows.map(withoutRevision)).toEqual(rows);
        const [got] = await lab.engine.read([
          get(
            values,
            rows.map((row) => [scope, row.id]),
            [`${type}OrNull` as "text"],
          ),
        ]);
        expect(got.rows.map((row) => row && withoutRevision(row))).toEqual(
          list.map((value) => ({ [`${type}OrNull`]: value })),
        );
      });

      test(`a ${type} column gives back every value as it was patched, and null`, async () => {
        const scope = lab.scope();
        const column = `${type}OrNull`;
        await seed(lab.engine, values, [valueRow(scope, "a")]);
        for (const value of [...list, null]) {
          await lab.engine.write([patch(values, [scope, "a"], { set: { [column]: value } })]);
          const row = await fetch(lab.engine, values, [scope, "a"]);
          expect(withoutRevision(row as object as { _rev: number })).toEqual(valueRow(scope, "a", { [column]: value }));
        }
      });
    }

    test("the bulk form keeps every value too", async () => {
      const scope = lab.scope();
      const rows = awkwardTexts.map((text, index) =>
        valueRow(scope, id(index), { text, json: awkwardJson[index % awkwardJson.length] as string }),
      );
      await seed(lab.engine, values, rows);
      const found = await pageOf(lab.engine, find(values, { path: "all", eq: { scope } }));
      expect(found.rows.map(withoutRevision)).toEqual(rows);
    });

    fd("FD-069", "the JSON null, an absent value and the text null are three values", async () => {
      const scope = lab.scope();
      const texts = ["null", null, '"null"'];
      await seed(
        lab.engine,
        values,
        texts.map((jsonOrNull, index) => valueRow(scope, id(index), { jsonOrNull })),
      );
      const [{ rows }] = await lab.engine.read([
        get(
          values,
          texts.map((_, index) => [scope, id(index)]),
        ),
      ]);
      expect(rows.map((row) => row?.jsonOrNull)).toEqual(texts);
    });

    test("strings that differ only for a binary comparison are different keys", async () => {
      const scope = lab.scope();
      const rows = awkwardKeys.map((key, index) => valueRow(scope, key, { integer: index }));
      for (const row of rows) {
        const [result] = await lab.engine.write([upsert(values, row)]);
        expect(result?.outcome).toBe("inserted");
      }
      const [{ rows: got }] = await lab.engine.read([
        get(
          values,
          awkwardKeys.map((key) => [scope, key]),
        ),
      ]);
      expect(got.map((row) => row?.integer)).toEqual(rows.map((row) => row.integer));
      expect(got.map((row) => row?.id)).toEqual(awkwardKeys);
    });

    fd("FD-056", "a walk gives each awkward equality value its own rows", async () => {
      const scope = lab.scope();
      await seed(
        lab.engine,
        things,
        awkwardKeys.map((kind, index) => thingOfKind(scope, index, kind)),
      );
      for (const [index, kind] of awkwardKeys.entries()) {
        const page = await pageOf(lab.engine, find(things, { path: "byKind", eq: { scope, kind } }));
        expect(page.rows.map((row) => row.id)).toEqual([id(index)]);
      }
    });

    fd("FD-154", "long keys are told apart by their last character", async () => {
      const scope = lab.scope();
      const length = Math.min(lab.capabilities.maxKeyBytes + 1, 5_000);
      for (const size of [512, length]) {
        const keys = ["a", "b"].map((end) => `${"k".repeat(size - 1)}${end}`);
        for (const key of keys) await lab.engine.write([upsert(values, valueRow(scope, key, { text: key.slice(-1) }))]);
        const [{ rows }] = await lab.engine.read([
          get(
            values,
            keys.map((key) => [scope, key]),
          ),
        ]);
        expect(rows.map((row) => row?.text)).toEqual(["a", "b"]);
        expect(rows.map((row) => row?.id)).toEqual(keys);
      }
    });

    test("names that mean something to a database or to JavaScript are names like others", async () => {
      const scope = lab.scope();
      const row: Row<typeof reserved> = {
        select: scope,
        group: -1,
        index: 1_700_000_000_001,
        order: scope,
        from: "from",
        rev: 7,
        value: "value",
        key: "key",
        table: "table",
        end: "end",
        constructor: "constructor",
        toString: "toString",
        length: 0,
        camelCase: "camelCase",
      };
      const key = [row.select, row.group, row.index];
      await lab.engine.write([upsert(reserved, row)]);
      await lab.engine.write([
        patch(reserved, key, { set: { constructor: "changed" } as object, raise: { rev: 3, length: 5 } }),
      ]);
      const expected = { ...row, constructor: "changed", rev: 8, length: 5 };
      expect(withoutRevision((await fetch(lab.engine, reserved, key)) as { _rev: number })).toEqual(expected);
      const page = await pageOf(
        lab.engine,
        find(reserved, {
          path: "user",
          eq: { order: scope },
          filter: { op: "eq", column: "toString", value: "toString" },
        }),
      );
      expect(page.rows.map(withoutRevision)).toEqual([expected]);
    });

    test("a key of several types is one key", async () => {
      const scope = lab.scope();
      const base = { order: scope, from: "", rev: 0, value: "", key: "", table: "", end: "", length: 0, camelCase: "" };
      const rows = [-1, 0, 1, 10, 2 ** 53 - 1].flatMap((group) =>
        [-1, 0, 9, 10].map((index) => ({ ...base, select: scope, group, index, constructor: "", toString: "" })),
      );
      await seed(lab.engine, reserved, rows);
      const [{ rows: got }] = await lab.engine.read([
        get(
          reserved,
          rows.map((row) => [row.select, row.group, row.index]),
        ),
      ]);
      expect(got.map((row) => row && withoutRevision(row))).toEqual(rows);
    });

    fd("FD-142", "instants do not depend on the time zone of the process", async () => {
      const scope = lab.scope();
      const zone = process.env.TZ;
      const instants = [...awkwardTimestamps, Date.UTC(2026, 2, 29, 1, 30), Date.UTC(2026, 10, 1, 5, 30)];
      try {
        for (const [index, zoneOfWriter] of ["Pacific/Kiritimati", "America/St_Johns", "UTC"].entries()) {
          process.env.TZ = zoneOfWriter;
          const rows = instants.map((at, n) => ({
            ...thingOfKind(scope, n, zoneOfWriter),
            id: `${index}-${id(n)}`,
            at,
          }));
          await seed(lab.engine, things, rows);
          process.env.TZ = "Asia/Kathmandu";
          const { rows: found } = await pageOf(
            lab.engine,
            find(things, { path: "byKind", eq: { scope, kind: zoneOfWriter } }),
          );
          const byInstant = [...rows].sort((a, b) => a.at - b.at || a.seq - b.seq);
          expect(found.map((row) => row.at)).toEqual(byInstant.map((row) => row.at));
        }
      } finally {
        if (zone === undefined) delete process.env.TZ;
        else process.env.TZ = zone;
      }
    });

    fd("FD-057", "a hostile text in the place of any value is a value", async () => {
      const scope = lab.scope();
      const hostile = awkwardKeys.filter((text) => /['"`;%\\$:@?]/.test(text));
      await seed(
        lab.engine,
        things,
        hostile.map((text, index) => ({ ...thingOfKind(scope, index, text), note: text })),
      );
      for (const text of hostile) {
        const [{ rows }, { count }] = await lab.engine.read([
          find(things, {
            path: "byKind",
            eq: { scope, kind: [text, text] },
            filter: { op: "in", column: "note", values: [text] },
          }),
          { op: "count", table: things, path: "all", eq: { scope: text } },
        ]);
        expect(rows.map((row) => row.note)).toEqual([text]);
        expect(count).toBe(0);
      }
      const [{ count }] = await lab.engine.read([{ op: "count", table: things, path: "all", eq: { scope } }]);
      expect(count).toBe(hostile.length);
    });

    test("a row handed out is the caller's own", async () => {
      const scope = lab.scope();
      const given = valueRow(scope, "a", { text: "kept" });
      await lab.engine.write([upsert(values, given)]);
      given.text = "changed after the write";
      const first = await fetch(lab.engine, values, [scope, "a"]);
      expect(first?.text).toBe("kept");
      (first as { text: string }).text = "changed after the read";
      const [page] = await lab.engine.read([find(values, { path: "all", eq: { scope } })]);
      (page.rows[0] as { text: string }).text = "changed in a page";
      expect((await fetch(lab.engine, values, [scope, "a"]))?.text).toBe("kept");
    });
  });
}

const id = (index: number) => String(index).padStart(3, "0");

const thingOfKind = (scope: string, index: number, kind: string) => ({
  scope,
  id: id(index),
  kind,
  at: 0,
  seq: index,
  note: null,
  amount: null,
  meta: null,
  tags: null,
  touchedAt: null,
});
