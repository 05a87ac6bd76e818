import { defineTable, type Engine, integer, text, upsert } from "@stowage/core/engine";
import { expect, test } from "vitest";

const told = defineTable("told", { id: text(), n: integer(), note: text() }, { key: ["id"] });
const never = defineTable("never_made", { id: text() }, { key: ["id"] });

/** What an engine says that is stored takes: of each table, or of the whole database where it does not tell them apart. */
export function sizesTest(open: () => Promise<Engine> | Engine, of: "tables" | "database"): void {
  test("what is stored takes is told as the database has it", async () => {
    const engine = await open();
    try {
      await engine.converge([told]);
      const rows = Array.from({ length: 40 }, (_, n) => ({ id: `r${n}`, n, note: "x".repeat(1000) }));
      await engine.write(rows.map((row) => upsert(told, row)));
      const sizes = await engine.sizes?.([told, never]);
      if (of === "database") {
        expect(sizes?.bytes).toBeGreaterThan(40_000);
        expect(sizes?.tables.size).toBe(0);
      } else {
        // Some compress, and some count what is in memory still.
        expect(sizes?.tables.get("told")?.bytes).toBeGreaterThan(0);
        expect([...(sizes?.tables.keys() ?? [])]).toEqual(["told"]);
      }
    } finally {
      await engine.close();
    }
  });
}
