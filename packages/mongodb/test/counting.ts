import { MongoClient, type MongoClientOptions } from "mongodb";

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
