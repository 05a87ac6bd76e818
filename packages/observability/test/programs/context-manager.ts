import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, type ContextManager, ROOT_CONTEXT } from "@opentelemetry/api";

/** What a program's OpenTelemetry set-up brings along: spans find their parents over awaits. */
export function contextManager(): ContextManager {
  const store = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => store.getStore() ?? ROOT_CONTEXT,
    with: (context, run, self, ...args) => store.run(context, () => run.call(self as never, ...args)),
    bind: (context, target) =>
      typeof target === "function"
        ? (((...args: unknown[]) => store.run(context, () => target(...args))) as typeof target)
        : target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
