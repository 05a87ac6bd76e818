import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findDynamo, findMongo, findPostgres, findRedis } from "@stowage/testkit/engines";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DatabaseKey, databaseKeys, type Places } from "./src/database.ts";
import { databases } from "./src/databases/index.ts";
import { quickScale } from "./src/fixtures.ts";
import { operationsOn } from "./src/operations.ts";
import { type VariantKey, variantKeys } from "./src/subject.ts";
import { tasks } from "./src/tasks.ts";

// That everything still runs; no test looks at a time.
const needs: { readonly [key in DatabaseKey]?: () => unknown } = {
  pg: () => findPostgres("18"),
  mongodb: findMongo,
  redis: findRedis,
  dynamodb: findDynamo,
  upstash: findRedis,
};
const isHere = (key: DatabaseKey) => process.env.CI || !needs[key] || needs[key]();

describe.each(databaseKeys.filter(isHere))("%s", (key) => {
  const database = databases[key];
  let folder: string;
  let places: Places;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "stowage-bench-test-"));
    places = await database.start(folder);
  });
  afterAll(async () => {
    await places.stop();
    await rm(folder, { recursive: true, force: true });
  });

  describe.each(variantKeys.filter((variant) => database.variants[variant]))("%s", (variant: VariantKey) => {
    const at = (name: string) => ({
      database: key,
      variant,
      quick: true,
      place: places.place(`${variant}_${name.replaceAll("-", "_")}`),
    });
    const operations = operationsOn(database);
    const refused = database.variants[variant]?.refuses ?? [];
    const fixtures = [...new Set(operations.map(({ fixture }) => fixture))];

    it.runIf(refused.length > 0).each(refused)("refuses %s", async (fixture) => {
      await expect(tasks.fill({ ...at(fixture), fixture })).rejects.toThrow();
    });

    describe.each(fixtures.filter((fixture) => !refused.includes(fixture)))("%s", (fixture) => {
      beforeAll(() => tasks.fill({ ...at(fixture), fixture }));

      it.each(operations.filter((operation) => operation.fixture === fixture))("$title", async ({ key }) => {
        await places.copy?.(at(fixture).place, at(key).place);
        const { turns } = await tasks.measure({ ...at(places.copy ? key : fixture), operation: key, round: 0 });
        expect(turns).toBe(1);
      });
    });

    it("start-up", async () => {
      await tasks.fill({ ...at("start"), fixture: "memory" });
      expect((await tasks.start(at("start"))).open).toBeGreaterThan(0);
    });

    it.runIf(database.written)("bytes of a step result", async () => {
      await tasks.fill({ ...at("bytes"), fixture: "workflows" });
      expect((await tasks.stepBytes(at("bytes"))).bytes).toBeGreaterThan(0);
    });

    it.runIf(database.size)("agent loops on disk", async () => {
      expect((await tasks.agentLoops(at("disk"))).bytes).toBeGreaterThan(0);
    });

    it("the growing thread and its export", async () => {
      const history = at("history");
      await tasks.grow({ ...history, from: 0, to: quickScale.exported });
      expect((await tasks.page({ ...history, includeTotal: false })).turns).toBe(1);
      expect((await tasks.page({ ...history, includeTotal: true })).turns).toBe(1);
      expect((await tasks.export({ ...history, messages: quickScale.exported })).time).toBeGreaterThan(0);
    });
  });
});
