import type { Clock } from "@stowage/core/engine";
import { KvEngine, readFirst } from "@stowage/kv";
import { BindingNamespace } from "./binding-namespace.ts";
import type { KVBinding } from "./clients.ts";
import { OperationLimit } from "./operation-limit.ts";
import { type CloudflareKVOptions, resolveOptions } from "./options.ts";
import { Overlay } from "./overlay.ts";
import { type KVPortOptions, KVRecordPort } from "./port.ts";
import { RestNamespace } from "./rest-namespace.ts";

/** Settings of the engine that are no matter of where the namespaces are. */
export interface WorkersKVEngineSettings {
  readonly clock?: Pick<Clock, "sequence">;
  /** What reaches the REST interface. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Where a table is kept that has no namespace of its own, by the names of the namespaces. Default: in `default`. */
  readonly besides?: (table: string) => readonly string[];
}

/** The namespaces of this process, each with what was written to it lately: stores on one see each other's writes. */
const overlays = new WeakMap<KVBinding, Overlay>();

/**
 * The engine on Workers KV: single upserts and removals. Batches need the layer `processLevel` around it. Making it sends
 * nothing.
 */
export function workersKVEngine(options: CloudflareKVOptions, settings: WorkersKVEngineSettings = {}): KvEngine {
  const resolved = resolveOptions(options);
  const { clock, fetch = globalThis.fetch, besides = () => [] } = settings;
  if (resolved.form === "rest") {
    const namespace = new Overlay(new RestNamespace(resolved, fetch));
    return engineOn({ namespaceOf: () => namespace, prefix: "", limit: unlimited }, clock);
  }
  const { bindings, prefix, limit } = resolved;
  const [anyBinding] = Object.values(bindings) as [KVBinding];
  const bindingOf = (table: string): KVBinding =>
    [table, "default", ...besides(table)].map((name) => bindings[name]).find((binding) => binding) ?? anyBinding;
  return engineOn({ namespaceOf: (table) => overlayOf(bindingOf(table)), prefix, limit }, clock);
}

/** From outside of Workers nothing counts operations. */
const unlimited = new OperationLimit(Number.POSITIVE_INFINITY);

const engineOn = (place: Omit<KVPortOptions, "clock">, clock: Pick<Clock, "sequence"> | undefined): KvEngine =>
  new KvEngine(readFirst(new KVRecordPort({ ...place, ...(clock && { clock }) })));

function overlayOf(binding: KVBinding): Overlay {
  let overlay = overlays.get(binding);
  if (!overlay) overlays.set(binding, (overlay = new Overlay(new BindingNamespace(binding))));
  return overlay;
}
