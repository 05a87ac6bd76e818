import { postgresEngine } from "@stowage/pg";
import { sizesTest } from "@stowage/testkit";
import { freshSchema, onPostgres } from "./server.ts";

onPostgres("18", (server) => {
  const open = () => postgresEngine({ connectionString: server().connectionString, schemaName: freshSchema() });
  sizesTest(open, "tables");
});
