import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { find, get } from "@stowage/core/engine";
import { mongodbEngine } from "@stowage/mongodb";
import { processSuite } from "@stowage/testkit";
import { expect, test } from "vitest";
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
  });

  onMongo(
    kind,
    (server) => {
      processSuite({
        module: join(import.meta.dirname, "programs/storage.ts"),
        place: () => [server().uri, freshDatabase()],
        crashAndRestart: () => server().crashAndRestart(),
      });
    },
    { isDurable: true },
  );
}
