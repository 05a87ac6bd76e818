import { type Db, MongoClient, type MongoClientOptions } from "mongodb";

/** What a connection says for itself. */
const housekeeping = new Set(["hello", "ismaster", "endSessions", "killCursors"]);

/** A client that notes the commands it sends. */
export function countingClient(uri: string, options: MongoClientOptions = {}) {
  const client = new MongoClient(uri, { ...options, monitorCommands: true });
  let sent: string[] = [];
  client.on("commandStarted", ({ commandName }) => {
    if (!housekeeping.has(commandName)) sent.push(commandName);
  });
  return {
    client,
    /** The commands since the last time. */
    sent(): string[] {
      const result = sent;
      sent = [];
      return result;
    },
  };
}

/** The same client, told by its server that it is MongoDB 7.0. */
export function clientOfServer7(client: MongoClient): MongoClient {
  const overridden = <Target extends object>(target: Target, own: Partial<Target>): Target =>
    new Proxy(target, {
      get(_, name) {
        const value = Reflect.get(Object.hasOwn(own, name) ? own : target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  const command: Db["command"] = async (what) => {
    const answer = await client.db("admin").command(what);
    return "hello" in what ? { ...answer, maxWireVersion: 21 } : answer;
  };
  const db: MongoClient["db"] = (name) => {
    const own = client.db(name);
    return name === "admin" ? overridden(own, { command }) : own;
  };
  return overridden(client, { db });
}
