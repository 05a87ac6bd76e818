import { MongoDBStore } from "@stowage/mongodb";

// One of several processes on one database: `shared-writer.ts <uri> <database> <name> <rounds>`. Any error ends it with a
// non-zero code.

const [uri = "", dbName = "", name = "", rounds = "0"] = process.argv.slice(2);
const storage = new MongoDBStore({ id: name, uri, dbName });
const memory = await storage.getStore("memory");
const agents = await storage.getStore("agents");
if (!memory || !agents) throw new Error("a domain is missing");

for (let round = 0; round < Number(rounds); round++) {
  const id = `${name}-${round}`;
  const content = { format: 2 as const, parts: [{ type: "text" as const, text: id }] };
  const common = { threadId: "shared", resourceId: "r", createdAt: new Date(0), content };
  await memory.saveMessages({
    messages: [
      { ...common, id: `${id}-q`, role: "user" },
      { ...common, id: `${id}-a`, role: "assistant" },
    ],
  });
  await agents.createVersion({ agentId: "shared", name: id, instructions: "", model: { provider: "p", name: "m" } });
}
await storage.close();
