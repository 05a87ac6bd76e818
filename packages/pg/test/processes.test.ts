import { join } from "node:path";
import { processSuite } from "@stowage/testkit";
import { freshSchema, onPostgres } from "./server.ts";

onPostgres("18", (server) => {
  processSuite({
    module: join(import.meta.dirname, "programs/storage.ts"),
    place: () => [server().connectionString, freshSchema()],
    crashAndRestart: () => server().crashAndRestart(),
  });
});
