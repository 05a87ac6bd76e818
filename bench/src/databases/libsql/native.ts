import type Database from "libsql";
import type { Variant } from "../../subject.ts";
import { handwritten, pragmas, type Result, type Statement, schema } from "./handwritten.ts";

const load = () => import("libsql");

/** By hand on the native module below the driver, with every statement prepared once. For information. */
export const native: Variant = {
  key: "native",
  title: "by hand on libsql, prepared",
  load,
  async open(file) {
    const { default: Native } = await load();
    const database = new Native(file);
    for (const pragma of pragmas) database.exec(pragma);
    for (const statement of schema) database.exec(statement);
    const prepared = new Map<string, { statement: Database.Statement; reader: boolean }>();
    const run = ({ sql, args }: Statement): Result => {
      let entry = prepared.get(sql);
      if (!entry) {
        const statement = database.prepare(sql);
        prepared.set(sql, (entry = { statement, reader: statement.reader }));
      }
      if (entry.reader) return { rows: entry.statement.all(args) as Result["rows"], rowsAffected: 0 };
      return { rows: [], rowsAffected: entry.statement.run(args).changes };
    };
    const say = (sql: string): void => void run({ sql, args: [] });
    return handwritten({
      execute: async (statement) => run(statement),
      batch: async (statements, mode) => {
        say(mode === "read" ? "BEGIN" : "BEGIN IMMEDIATE");
        try {
          const results = statements.map(run);
          say("COMMIT");
          return results;
        } catch (error) {
          say("ROLLBACK");
          throw error;
        }
      },
      close: async () => {
        prepared.clear();
        database.close();
      },
    });
  },
};
