import { MongoDBStore } from "@stowage/mongodb";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { expect, test } from "vitest";
import { freshDatabase, onMongo } from "./server.ts";

for (const kind of ["replica-set", "standalone"] as const) {
  onMongo(kind, (server) => {
    test("an application works on all seven domains", async () => {
      const storage = new MongoDBStore({ id: "day", uri: server().uri, dbName: freshDatabase() });
      expect(await applicationDay(storage)).toEqual(expectedDay);
      await storage.close();
    });
  });
}
