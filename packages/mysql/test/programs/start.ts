import { MySQLStore } from "@stowage/mysql";

// One of many processes that start at once: `start.ts <url>`. Any error ends it with a non-zero code.

const [connectionString = ""] = process.argv.slice(2);
const indexes = [{ name: "by_title", table: "mastra_threads", columns: ["title"] }];
const storage = new MySQLStore({ id: "start", connectionString, max: 2, indexes });
await storage.init();
const memory = await storage.getStore("memory");
const id = `thread-${process.pid}`;
const now = new Date();
await memory?.saveThread({ thread: { id, resourceId: "r", title: id, metadata: {}, createdAt: now, updatedAt: now } });
if ((await memory?.getThreadById({ threadId: id }))?.id !== id) throw new Error("the thread is not there");
await storage.close();
