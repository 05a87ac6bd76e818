import { CloudflareKVStorage, type KVBinding } from "@stowage/cloudflare/kv";
import { budgetSuite, fd } from "@stowage/testkit";
import { scratchFolder } from "@stowage/testkit/engines";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect } from "vitest";

/** The namespace as a process of its own has it, and what that asked of it. */
function counted(namespace: KVBinding) {
  const asked: string[] = [];
  const binding: KVBinding = {
    get: ((key: string & string[], type: "text") => {
      asked.push("get");
      return namespace.get(key, type);
    }) as KVBinding["get"],
    list: (options) => {
      asked.push("list");
      return namespace.list(options);
    },
    put: (key, value, options) => {
      asked.push("put");
      return namespace.put(key, value, options);
    },
    delete: (key) => {
      asked.push("delete");
      return namespace.delete(key);
    },
  };
  return { binding, asked };
}

const folder = scratchFolder();
let runtime: Miniflare;
let namespace: KVBinding;
beforeAll(async () => {
  runtime = new Miniflare({
    modules: true,
    script: "export default {}",
    compatibilityDate: "2026-07-01",
    kvNamespaces: ["KV"],
    kvPersist: folder.path,
  });
  namespace = (await runtime.getKVNamespace("KV")) as unknown as KVBinding;
});
afterAll(async () => {
  await runtime?.dispose();
  folder.remove();
});

fd("FD-128", "what a Worker does at each request stays within its few requests to KV", async () => {
  const first = new CloudflareKVStorage({ id: "first", binding: namespace });
  const memory = await first.getStore("memory");
  const workflows = await first.getStore("workflows");
  const now = new Date(0);
  await memory?.saveThread({ thread: { id: "t", resourceId: "r", metadata: {}, createdAt: now, updatedAt: now } });
  const content = { format: 2 as const, parts: [{ type: "text" as const, text: "x" }] };
  const message = (n: number) => ({
    id: `m${n}`,
    threadId: "t",
    resourceId: "r",
    role: "user" as const,
    createdAt: new Date(n),
    content,
  });
  await memory?.saveMessages({ messages: Array.from({ length: 41 }, (_, n) => message(n)) });
  const run = { workflowName: "w", runId: "r", stepId: "s", requestContext: {} };
  const result = { status: "success" as const, output: 1, payload: {}, startedAt: 1, endedAt: 2 };
  await workflows?.updateWorkflowResults({ ...run, result });

  const { binding, asked } = counted(namespace);
  const second = new CloudflareKVStorage({ id: "second", binding });
  const asks = async (call: () => Promise<unknown> | undefined) => {
    asked.length = 0;
    await call();
    return asked.join(" ");
  };
  // A Worker that starts: a plan without cost gives it fifty.
  expect(await asks(() => second.init())).toBe("get get");
  const there = await second.getStore("memory");
  expect(await asks(() => there?.getThreadById({ threadId: "t" }))).toBe("get");
  const last40 = { threadId: "t", perPage: 40, orderBy: { field: "createdAt", direction: "DESC" } } as const;
  expect((await asks(() => there?.listMessages({ ...last40, includeTotal: false }))).split(" ").length).toBeLessThan(4);
  const runs = await second.getStore("workflows");
  expect((await asks(() => runs?.loadWorkflowSnapshot(run))).split(" ").length).toBeLessThan(4);
});

const budgeted = counted({
  get: ((key: string & string[], type: "text") => namespace.get(key, type)) as KVBinding["get"],
  list: (options) => namespace.list(options),
  put: (key, value, options) => namespace.put(key, value, options),
  delete: (key) => namespace.delete(key),
});
budgetSuite("workers kv", {
  open: () => new CloudflareKVStorage({ id: "budget", binding: budgeted.binding, keyPrefix: "budget." }),
  requests: () => budgeted.asked.length,
  // Every key is a put: one of the record, and one for each direction of each way it is walked.
  budget: {
    "save 10 messages": 81,
    "window around a message": 8,
    "persist a run": 5,
    "record a step result": 5,
    "insert 200 spans": 617,
  },
});
