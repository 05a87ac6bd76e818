import { find, type Row, upsert } from "@stowage/core/engine";
import { mssqlEngine } from "@stowage/mssql";
import sql from "mssql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshSchema, onServer } from "./live.ts";
import { items } from "./shapes.ts";

onServer((url) => {
  const pool = new sql.ConnectionPool(url);
  const engine = mssqlEngine({ pool, schemaName: freshSchema() });

  beforeAll(async () => {
    await engine.converge([items]);
    for (let from = 0; from < 5000; from += 500) {
      const rows = Array.from({ length: 500 }, (_, n) => row(from + n));
      await engine.write(
        rows.map((each) => upsert(items, each)),
        { atomic: false },
      );
    }
  }, 120_000);
  afterAll(() => pool.close());

  const row = (n: number): Row<typeof items> => ({
    ...{ owner: `o${n % 50}`, id: `i${n}`, rank: n, at: n, weight: n, size: BigInt(n), flag: n % 2 === 0 },
    ...{ title: null, data: null, email: null },
  });

  const walks = {
    forwards: find(items, { path: "byRank", eq: { owner: "o7" }, limit: 5 }),
    "backwards from a position": find(items, {
      ...{ path: "byRank", eq: { owner: "o7" }, limit: 5, direction: "desc" },
      range: { upper: { at: [4000, "o7", "i4000"], inclusive: false } },
    }),
    "over lists": find(items, { path: "byRank", eq: { owner: ["o7", "o8"] }, limit: 5 }),
  };
  test.each(Object.entries(walks))("the index serves a walk %s", async (_, walk) => {
    const plan = (await engine.explain(walk)).join("");
    expect(plan).toContain("items_owner_rank_idx");
    expect(plan).not.toContain('PhysicalOp="Table Scan"');
    expect(plan).not.toContain('PhysicalOp="Clustered Index Scan"');
  });
});
