import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { quickScale } from "./src/fixtures.ts";
import { operations } from "./src/operations.ts";
import { variantKeys } from "./src/subject.ts";
import { tasks } from "./src/tasks.ts";

// That everything still runs; no test looks at a time.
describe.each(variantKeys)("%s", (variant) => {
  let folder: string;
  const at = (name: string) => ({ variant, quick: true, file: join(folder, `${name}.db`) });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "stowage-bench-test-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe.each([...new Set(operations.map(({ fixture }) => fixture))])("%s", (fixture) => {
    beforeAll(() => tasks.fill({ ...at(fixture), fixture }));

    it.each(operations.filter((operation) => operation.fixture === fixture))("$title", async ({ key }) => {
      await copyFile(at(fixture).file, at(key).file);
      const { turns } = await tasks.measure({ ...at(key), operation: key });
      expect(turns).toBe(1);
    });
  });

  it("start-up", async () => {
    await tasks.fill({ ...at("start"), fixture: "memory" });
    expect((await tasks.start(at("start"))).open).toBeGreaterThan(0);
  });

  it("bytes of a step result", async () => {
    await tasks.fill({ ...at("bytes"), fixture: "workflows" });
    expect((await tasks.stepBytes(at("bytes"))).bytes).toBeGreaterThan(0);
  });

  it("agent loops on disk", async () => {
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
