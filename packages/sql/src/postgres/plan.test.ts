import { check, defineTable, insert, text } from "@stowage/core/engine";
import { expect, test } from "vitest";
import { TableMapping } from "../mapping.ts";
import { postgresDialect } from "./dialect.ts";
import { PostgresPlan } from "./plan.ts";

const parents = defineTable("parents", { id: text() }, { key: ["id"] });
const children = defineTable("children", { parent: text(), id: text() }, { key: ["parent", "id"] });

const dialect = postgresDialect({
  schema: "public",
  violation: () => undefined,
  translate: (error) => {
    throw error;
  },
});
const limits = { prefix: "", maxKeyBytes: 800, maxValueBytes: 2 ** 25 };
let sequence = 0;
const context = {
  mappingOf: ({ table }: { table: typeof parents | typeof children }) => new TableMapping(table, dialect, limits),
  sequence: () => ++sequence,
};

test("records that differ in the last part of their key only share one advisory lock", () => {
  const made = Array.from({ length: 300 }, (_, at) => insert(children, { parent: at < 200 ? "p" : "q", id: `c${at}` }));
  const { statements } = new PostgresPlan([...made, check(parents, ["gone"], "absent")], context as never);
  const [locks] = statements;
  expect(locks?.sql).toContain("pg_advisory_xact_lock");
  expect(JSON.parse(locks?.args[0] as string)).toEqual([
    '"public"."children" sp!',
    '"public"."children" sq!',
    '"public"."parents" sgone!',
  ]);
});

test("a batch that wants nothing absent takes no advisory lock", () => {
  const made = Array.from({ length: 3 }, (_, at) => insert(children, { parent: "p", id: `c${at}` }));
  const { statements } = new PostgresPlan(made, context as never);
  expect(statements).toHaveLength(1);
  expect(statements[0]?.args).toHaveLength(9);
});
