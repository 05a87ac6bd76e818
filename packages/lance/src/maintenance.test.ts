import type { Table as NativeTable } from "@lancedb/lancedb";
import { expect, test } from "vitest";
import type { Library } from "./library.ts";
import { Maintenance } from "./maintenance.ts";
import type { TableMapping } from "./mapping.ts";

test("pieces that cannot be joined are told of, fail no write, and are tried again later", async () => {
  let tries = 0;
  const native = {
    countRows: async () => 1,
    optimize: async () => {
      if (++tries < 3) throw new Error("no space left on device");
    },
  } as unknown as NativeTable;
  const told: unknown[] = [];
  const mapping = { name: "things", indexed: [] as string[] } as unknown as TableMapping;
  const maintenance = new Maintenance(native, mapping, {} as Library, (table, error) => told.push([table, error]));
  for (let commits = 0; commits < 100; commits++) await maintenance.written();
  expect(told).toEqual([
    ["things", new Error("no space left on device")],
    ["things", new Error("no space left on device")],
  ]);
  expect(tries).toBeGreaterThanOrEqual(3);
});
