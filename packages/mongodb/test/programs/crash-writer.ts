import { MongoDBStore } from "@stowage/mongodb";

// Writes until it is killed, and says after each call what was acknowledged: `crash-writer.ts <uri> <database> <name>`. A call
// that fails for the time being is made again: the server may be on its way back.

const [uri = "", dbName = "", name = ""] = process.argv.slice(2);
const storage = new MongoDBStore({ id: name, uri, dbName });
const memory = await storage.getStore("memory");
if (!memory) throw new Error("a domain is missing");

const now = new Date();
await memory.saveThread({
  thread: { id: name, resourceId: "r", title: "", metadata: {}, createdAt: now, updatedAt: now },
});
for (let round = 0; ; round++) {
  const ids = [0, 1, 2].map((n) => `${name}-${round}-${n}`);
  const messages = ids.map((id) => ({
    id,
    threadId: name,
    resourceId: "r",
    role: "user" as const,
    createdAt: now,
    content: { format: 2 as const, parts: [{ type: "text" as const, text: id }] },
  }));
  for (let isSaved = false; !isSaved; ) {
    isSaved = await memory.saveMessages({ messages }).then(
      () => true,
      (error: { code?: string }) => {
        if (error.code !== "unavailable" && error.code !== "unknown_outcome") throw error;
        return false;
      },
    );
  }
  console.log(JSON.stringify(ids));
}
