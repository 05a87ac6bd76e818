import { CloudflareKVStorage, type KVBinding, type OperationOptions } from "@stowage/cloudflare/kv";
import type { StorageError } from "@stowage/core";
import { applicationDay } from "@stowage/testkit/remote";
import { LateNamespace } from "./late-namespace.ts";

interface Environment {
  readonly KV: KVBinding;
}

const thread = (id: string) => {
  const now = new Date(0);
  return { id, resourceId: "ada", title: id, metadata: {}, createdAt: now, updatedAt: now };
};

/** What a store sees of a namespace that shows no write, and what another process would. */
async function onLateNamespace(namespace: KVBinding) {
  const late = new LateNamespace(namespace);
  const storage = new CloudflareKVStorage({ id: "late", binding: late, keyPrefix: "late." });
  const memory = await storage.getStore("memory");
  await memory?.saveThread({ thread: thread("old") });
  late.settle();
  await memory?.saveThread({ thread: thread("new") });
  await memory?.updateThread({ id: "old", title: "changed", metadata: {} });
  const seen = await memory?.listThreads({ filter: { resourceId: "ada" } });
  const title = (await memory?.getThreadById({ threadId: "old" }))?.title;
  await memory?.deleteThread({ threadId: "old" });
  const gone = await memory?.getThreadById({ threadId: "old" });
  // Another object for the same namespace: nothing is known of what the first has written.
  const other = new CloudflareKVStorage({ id: "other", binding: late.another(), keyPrefix: "late." });
  const elsewhere = await (await other.getStore("memory"))?.getThreadById({ threadId: "old" });
  return {
    seen: seen?.threads.map(({ id }) => id).sort(),
    title,
    gone,
    elsewhere: elsewhere?.title,
  };
}

/** A key takes one write a second: the namespace refuses the first writes to every key, as KV does. */
async function onBusyNamespace(namespace: KVBinding) {
  const refused = new Set<string>();
  const busy: KVBinding = {
    get: namespace.get.bind(namespace) as KVBinding["get"],
    list: (options) => namespace.list(options),
    delete: (key) => namespace.delete(key),
    async put(key, value, options) {
      if (key.includes("r:mastra_threads:") && !refused.has(key)) {
        refused.add(key);
        throw new Error("KV PUT failed: 429 Too Many Requests");
      }
      await namespace.put(key, value, options);
    },
  };
  const storage = new CloudflareKVStorage({ id: "busy", binding: busy, keyPrefix: "busy." });
  const memory = await storage.getStore("memory");
  await memory?.saveThread({ thread: thread("slow") });
  return { refused: refused.size, title: (await memory?.getThreadById({ threadId: "slow" }))?.title };
}

/** What is refused as more than an invocation may ask for, and what of it was written. */
async function onSmallPlan(namespace: KVBinding, invocation: object) {
  const content = { format: 2 as const, parts: [{ type: "text" as const, text: "x" }] };
  const messages = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      id: `${count}-${n}`,
      threadId: "t",
      resourceId: "ada",
      role: "user" as const,
      createdAt: new Date(n),
      content,
    }));
  const save = async (count: number, options: OperationOptions) => {
    const storage = new CloudflareKVStorage({ id: "small", binding: namespace, keyPrefix: "small.", ...options });
    const memory = await storage.getStore("memory");
    await memory?.saveThread({ thread: thread("t") });
    const before = await keysOf(namespace, "small.");
    const told = await memory?.saveMessages({ messages: messages(count) }).then(
      () => "saved",
      (error: StorageError) => ({ code: error.code, domain: error.domain, ...error.details }),
    );
    return { told, written: (await keysOf(namespace, "small.")) - before };
  };
  return {
    free: await save(10, { operationLimit: 50 }),
    paid: await save(10, {}),
    paidTooMany: await save(200, {}),
    // The thread and one message fit into an invocation of sixty; what came before counts.
    invocation: [
      await save(1, { operationLimit: 60, invocation }),
      await save(5, { operationLimit: 60, invocation: () => invocation }),
    ],
  };
}

async function keysOf(namespace: KVBinding, prefix: string): Promise<number> {
  return (await namespace.list({ prefix, limit: 1000 })).keys.length;
}

export default {
  async fetch(request: Request, { KV }: Environment, invocation: object): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case "/late":
        return Response.json(await onLateNamespace(KV));
      case "/small":
        return Response.json(await onSmallPlan(KV, invocation));
      case "/busy":
        return Response.json(await onBusyNamespace(KV));
      default: {
        // More than one invocation may ask for.
        const operationLimit = Number.POSITIVE_INFINITY;
        const storage = new CloudflareKVStorage({ id: "worker", binding: KV, operationLimit });
        return Response.json({ name: CloudflareKVStorage.name, day: await applicationDay(storage) });
      }
    }
  },
};
