import type { Variant } from "../../subject.ts";
import { handwritten, schema } from "./handwritten.ts";

const load = () => import("pg");

/** By hand on the driver that Stowage and the peer use, every statement prepared once for each connection. */
export const driver: Variant = {
  key: "driver",
  title: "by hand on pg",
  load,
  async open(connectionString) {
    const { Pool, types } = await load();
    const pool = new Pool({
      connectionString,
      max: 10,
      types: {
        // Whole numbers of 8 bytes are times here, and fit a number.
        getTypeParser: (id: number, format?: "text" | "binary") =>
          id === 20 ? Number : types.getTypeParser(id, format as "text"),
      },
    });
    await pool.query(schema.join(";\n"));
    const names = new Map<string, string>();
    const nameOf = (text: string): string => {
      let name = names.get(text);
      if (name === undefined) names.set(text, (name = `s${names.size}`));
      return name;
    };
    return handwritten({
      execute: async (text, values) => (await pool.query({ name: nameOf(text), text, values })).rows,
      close: () => pool.end(),
    });
  },
};
