import { mongodbEngine } from "@stowage/mongodb";
import { MongoClient } from "mongodb";
import { batch, tables } from "./killed-batch.ts";

// A writer that is killed before it sends its request of that number: `killed-writer.ts <uri> <database> <number>`. Says
// `done` when it had no request of that number.

const [uri = "", dbName = "", number = "0"] = process.argv.slice(2);
const client = new MongoClient(uri, { monitorCommands: true });
const engine = mongodbEngine({ client, dbName });
await engine.converge(tables);
let sent = 0;
client.on("commandStarted", () => {
  if (++sent === Number(number)) process.kill(process.pid, "SIGKILL");
});
await engine.write(batch);
console.log("done");
await client.close();
