import { mysqlEngine } from "@stowage/mysql";
import { sizesTest } from "@stowage/testkit";
import { freshDatabase, onMariadb, urlOf } from "./server.ts";

onMariadb((server) => {
  const open = async () => mysqlEngine({ connectionString: urlOf(server(), await freshDatabase(server())) });
  sizesTest(open, "tables");
});
