import { defineTable, type Engine, find, integer, type Page, type PathName, text, upsert } from "@stowage/core/engine";
import { redisEngine } from "@stowage/redis";
import { expect, test } from "vitest";
import { freshPrefix } from "./harness.ts";
import { onRedis } from "./server.ts";

const columns = { id: text(), kind: text(), at: integer() };
const older = defineTable("growing", columns, { key: ["id"], paths: { byKind: { eq: ["kind"] } } });
const newer = defineTable("growing", columns, {
  key: ["id"],
  paths: { byKind: { eq: ["kind"] }, byTime: { sort: ["at"] }, later: { sort: ["at", "kind"], onDemand: true } },
});

onRedis("a table that grows", (server) => {
  const open = (keyPrefix: string) => redisEngine({ connectionString: server().connectionString, keyPrefix });
  const times = async (engine: Engine, path: PathName<typeof newer>) => {
    const [page] = (await engine.read([find(newer, { path })])) as unknown as [Page<typeof newer>];
    return page.rows.map(({ at }) => at);
  };

  test("a process with the older declaration that goes on writing keeps up the new paths", async () => {
    const keyPrefix = freshPrefix();
    const [old, young] = [open(keyPrefix), open(keyPrefix)];
    await old.converge([older]);
    let isWriting = true;
    const written: number[] = [];
    const writing = (async () => {
      for (let at = 0; isWriting || at < 300; at++) {
        await old.write([upsert(older, { id: `r${at}`, kind: "k", at })]);
        written.push(at);
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await young.converge([newer]);
    await times(young, "later");
    await new Promise((resolve) => setTimeout(resolve, 50));
    isWriting = false;
    await writing;
    expect(await times(young, "byTime")).toEqual(written);
    expect(await times(young, "later")).toEqual(written);
    await Promise.all([old.close(), young.close()]);
  });
});
