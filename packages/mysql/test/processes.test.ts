import { join } from "node:path";
import { processSuite } from "@stowage/testkit";
import { freshDatabase, onMariadb, urlOf } from "./server.ts";

onMariadb((server) => {
  processSuite({
    module: join(import.meta.dirname, "programs/storage.ts"),
    place: async () => [urlOf(server(), await freshDatabase(server()))],
    crashAndRestart: () => server().crashAndRestart(),
  });
});
