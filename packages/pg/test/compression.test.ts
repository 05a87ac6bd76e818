import { defineTable, json, text } from "@stowage/core/engine";
import { postgresEngine } from "@stowage/pg";
import pg from "pg";
import { expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const notes = defineTable("notes", { id: text(), body: json() }, { key: ["id"] });

for (const version of ["15", "18"] as const) {
  onPostgres(version, (server) => {
    test("JSON is compressed with LZ4 where the server has it", async () => {
      const pool = new pg.Pool({ connectionString: server().connectionString });
      const schemaName = freshSchema();
      const engine = postgresEngine({ pool, schemaName });
      await engine.converge([notes]);
      const { rows: settings } = await pool.query(
        "SELECT 'lz4' = ANY (enumvals) AS has FROM pg_settings WHERE name = 'default_toast_compression'",
      );
      const { rows: columns } = await pool.query(
        "SELECT attcompression AS method FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'body'",
        [`"${schemaName}".notes`],
      );
      expect(columns).toEqual([{ method: settings[0]?.has ? "l" : "" }]);
      expect((await engine.converge([notes])).statements).toEqual([]);
      await pool.end();
    });
  });
}
