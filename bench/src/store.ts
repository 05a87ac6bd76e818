import type { Subject } from "./subject.ts";

interface Store {
  init(): Promise<unknown>;
  getStore(key: "memory" | "workflows" | "observability" | "scores"): Promise<unknown>;
  close(): Promise<void>;
}

/** Stowage and the peer have the same public methods; their types differ in words only. */
export async function openStore(store: Store): Promise<Subject> {
  await store.init();
  return {
    memory: (await store.getStore("memory")) as Subject["memory"],
    workflows: (await store.getStore("workflows")) as Subject["workflows"],
    observability: (await store.getStore("observability")) as Subject["observability"],
    scores: (await store.getStore("scores")) as Subject["scores"],
    close: () => store.close(),
  };
}
