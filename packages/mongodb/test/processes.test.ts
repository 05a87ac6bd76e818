import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { find, get } from "@stowage/core/engine";
import { MongoDBStore, mongodbEngine } from "@stowage/mongodb";
import { describe, expect, test } from "vitest";
import { batch, before, tables } from "./programs/killed-batch.ts";
import { freshDatabase, onMongo } from "./server.ts";

const run = promisify(execFile);
const program = (name: string) => [...process.execArgv, join(import.meta.dirname, "programs", name)];

/** A transaction whose client is gone holds its records until the server gives it up. */
async function patiently<Result>(task: () => Promise<Result>): Promise<Result> {
  for (const deadline = Date.now() + 60_000; ; ) {
    try {
      return await task();
    } catch (error) {
      if ((error as { code?: string }).code !== "busy" || Date.now() > deadline) throw error;
    }
  }
}

for (const kind of ["replica-set", "standalone"] as const) {
  onMongo(kind, (server) => {
    test("a writer killed between any two requests of a batch leaves it done or not done, and the next one goes on", {
      timeout: 240_000,
    }, async () => {
      const outcomes = { done: 0, undone: 0 };
      for (let number = 1; ; number++) {
        const dbName = freshDatabase();
        const setUp = mongodbEngine({ uri: server().uri, dbName });
        await setUp.converge(tables);
        await setUp.write(before);
        const { stdout } = await run(process.execPath, [
          ...program("killed-writer.ts"),
          server().uri,
          dbName,
          String(number),
        ]).catch((error: { signal?: string; stdout: string; stderr: string }) => {
          if (error.signal !== "SIGKILL") throw new Error(error.stderr);
          return error;
        });
        const next = mongodbEngine({ uri: server().uri, dbName });
        const [parents, children] = tables as [(typeof tables)[0], (typeof tables)[1]];
        const [{ rows }, page] = await next.read([
          get(parents as never, [["p"]]),
          find(children as never, { path: "byParent" as never, eq: { parent: "p" } }),
        ]);
        const names = (page as unknown as { rows: { id: string; name: string }[] }).rows.map(
          ({ id, name }) => `${id}=${name}`,
        );
        const n = (rows[0] as unknown as { n: number }).n;
        if (n === 2) expect(names).toEqual(["kept=first", "new=second"]);
        else expect([n, ...names]).toEqual([1, "kept=second", "old=first"]);
        outcomes[n === 2 ? "done" : "undone"]++;
        // The batch, where it is not done yet, can be done now; and where it is, its names are taken.
        if (n === 1) await patiently(() => next.write(batch));
        else await expect(next.write(batch)).rejects.toMatchObject({ code: "conflict" });
        await Promise.all([setUp.close(), next.close()]);
        if (stdout.includes("done")) break;
      }
      expect(outcomes.undone).toBeGreaterThan(1);
      expect(outcomes.done).toBeGreaterThan(kind === "standalone" ? 4 : 0);
    });

    test("FD-004: eight processes save to one thread: nothing is lost, and there is one order", {
      timeout: 240_000,
    }, async () => {
      const dbName = freshDatabase();
      const storage = new MongoDBStore({ id: "check", uri: server().uri, dbName });
      const { memory, agents } = storage.stores;
      if (!memory || !agents) throw new Error("a domain is missing");
      const at = new Date(0);
      await memory.saveThread({
        thread: { id: "shared", resourceId: "r", metadata: {}, createdAt: at, updatedAt: at },
      });
      await agents.create({
        agent: { id: "shared", name: "n", instructions: "", model: { provider: "p", name: "m" } },
      });
      const rounds = kind === "standalone" ? 4 : 8;
      await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          run(process.execPath, [...program("shared-writer.ts"), server().uri, dbName, `p${n}`, String(rounds)]),
        ),
      );
      const up = await memory.listMessages({ threadId: "shared", perPage: false });
      const down = await memory.listMessages({ threadId: "shared", perPage: false, orderBy: { direction: "DESC" } });
      const ids = up.messages.map(({ id }) => id);
      expect(ids).toHaveLength(2 * 8 * rounds);
      expect(down.messages.map(({ id }) => id)).toEqual([...ids].reverse());
      for (let n = 0; n < 8; n++) {
        const own = ids.filter((id) => id.startsWith(`p${n}-`));
        expect(own).toEqual(
          Array.from({ length: rounds }, (_, round) => [`p${n}-${round}-q`, `p${n}-${round}-a`]).flat(),
        );
      }
      const { versions } = await agents.listVersions({ agentId: "shared", perPage: false });
      expect(versions.map(({ versionNumber }) => versionNumber).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 8 * rounds + 1 }, (_, n) => n + 1),
      );
      await storage.close();
    });
  });

  onMongo(
    kind,
    (server) => {
      describe("writers and servers that go down", () => {
        /** What a writer acknowledged until `interrupt` ended it. */
        const write = async (
          dbName: string,
          name: string,
          interrupt: (acknowledged: number, kill: () => void) => void,
        ) => {
          const args = [...program("crash-writer.ts"), server().uri, dbName, name];
          const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
          let complaint = "";
          child.stderr.on("data", (chunk) => {
            complaint += chunk;
          });
          const acknowledged: string[] = [];
          let calls = 0;
          for await (const line of createInterface({ input: child.stdout })) {
            acknowledged.push(...(JSON.parse(line) as string[]));
            interrupt(++calls, () => child.kill("SIGKILL"));
          }
          expect(complaint).toBe("");
          return acknowledged;
        };
        const check = async (dbName: string, name: string, acknowledged: readonly string[]) => {
          const storage = new MongoDBStore({ id: "check", uri: server().uri, dbName });
          const memory = await storage.getStore("memory");
          const { messages } = (await memory?.listMessages({ threadId: name, perPage: false })) ?? { messages: [] };
          const stored = new Set(messages.map(({ id }) => id));
          for (const id of acknowledged) expect(stored).toContain(id);
          expect(stored.size % 3, "a save of three messages is all or nothing").toBe(0);
          await storage.close();
        };

        test("FD-018: a killed writer loses nothing acknowledged and leaves nothing half done", {
          timeout: 240_000,
        }, async () => {
          const dbName = freshDatabase();
          for (let n = 0; n < 4; n++) {
            const acknowledged = await write(dbName, `k${n}`, (calls, kill) => {
              if (calls === 2 + n) setTimeout(kill, 7 * n);
            });
            expect(acknowledged.length).toBeGreaterThan(0);
            await check(dbName, `k${n}`, acknowledged);
          }
        });

        test("a server that goes down in the middle of writes and comes back loses nothing acknowledged", {
          timeout: 240_000,
        }, async () => {
          const dbName = freshDatabase();
          const acknowledged = await write(dbName, "r", (calls, kill) => {
            if (calls !== 5) return;
            void server()
              .crashAndRestart()
              .then(() => setTimeout(kill, 3_000));
          });
          expect(acknowledged.length).toBeGreaterThanOrEqual(15);
          await check(dbName, "r", acknowledged);
        });
      });
    },
    { isDurable: true },
  );
}
