import { defineTable, integer, text } from "@stowage/core/engine";
import { expect, test } from "vitest";
import { Layout } from "./layout.ts";
import { readInSteps } from "./read-in-steps.ts";
import type { RecordPort } from "./record-port.ts";
import { growthOf } from "./schema.ts";

const columns = { run: text(), step: text(), n: integer() };
const steps = defineTable("steps", columns, { key: ["run", "step"], paths: { byN: { eq: ["run"], sort: ["n"] } } });
const marks = defineTable("marks", { id: text() }, { key: ["id"] });
const [layout, marked] = [steps, marks].map(
  (table) => new Layout(table, growthOf(table, undefined, () => true).stamp),
) as [Layout, Layout];
const index = layout.indexOf("byN") as NonNullable<ReturnType<Layout["indexOf"]>>;
const stored = ["a", "b"].map((step, n) => ({ run: "r", step, n, _rev: 1 }));
const mark = { id: "r", _rev: 1 };

/** A database whose rows go, and the mark that told of it with them, at one point between two requests. */
function portThatLoses(whenAsked: "never" | "for records") {
  const asked: string[] = [];
  let isGone = false;
  const port = {
    mostOfOneMoment: 100,
    async entries() {
      asked.push("entries");
      const rows = isGone ? [] : stored;
      return [
        {
          entries: rows.map((row) => ({ id: layout.id([row.run, row.step]), place: layout.place(index, row) })),
          more: false,
        },
      ];
    },
    async count() {
      asked.push("count");
      return [isGone ? 0 : 2];
    },
    async lookUp({ records }: { records: readonly { layout: Layout }[] }) {
      asked.push(`${records.length} records`);
      isGone ||= whenAsked === "for records";
      let at = 0;
      return {
        records: records.map((each) => (isGone ? undefined : each.layout === marked ? mark : stored[at++])),
        owners: [],
        isOfOneMoment: true,
      };
    },
  };
  return { port: port as unknown as RecordPort, asked };
}

const group = layout.entry(index, stored[0] as never)?.group as string;
const span = { index, group };
const requests = [
  { kind: "walk", layout, span, direction: "asc", skip: 0, limit: 10 },
  { kind: "count", layout, span },
  { kind: "records", layout: marked, ids: ["r"] },
] as const;

test("a page tells its count, and comes with what is asked for behind it", async () => {
  const { port, asked } = portThatLoses("never");
  expect(await readInSteps(port, requests as never, {})).toEqual([{ rows: stored }, 2, [mark]]);
  expect(asked).toEqual(["entries", "3 records"]);
});

test("when its records are gone before they are read, nothing is told of the time before", async () => {
  const { port, asked } = portThatLoses("for records");
  expect(await readInSteps(port, requests as never, {})).toEqual([{ rows: [] }, 0, [undefined]]);
  expect(asked).toEqual(["entries", "3 records", "count"]);
  const alone = portThatLoses("for records");
  expect(await readInSteps(alone.port, requests.slice(0, 2) as never, {})).toEqual([{ rows: [] }, 0]);
});
