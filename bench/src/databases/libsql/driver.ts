import type { Variant } from "../../subject.ts";
import { type Driver, handwritten, pragmas, schema } from "./handwritten.ts";

const load = () => import("@libsql/client");

/** By hand on the driver that Stowage and the peer use. One connection: its settings belong to the connection. */
export const driver: Variant = {
  key: "driver",
  title: "by hand on @libsql/client",
  load,
  async open(file) {
    const { createClient } = await load();
    const client = createClient({ url: `file:${file}`, concurrency: 1 });
    for (const pragma of pragmas) await client.execute(pragma);
    await client.batch(schema, "write");
    return handwritten({
      execute: (statement) => client.execute(statement),
      batch: (statements, mode) => client.batch(statements, mode),
      close: async () => client.close(),
    } satisfies Driver);
  },
};
