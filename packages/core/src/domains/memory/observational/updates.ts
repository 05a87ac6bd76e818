import { encodeJson } from "../../../engine/json.ts";
import type { DomainContext } from "../../shared/context.ts";
import { optionalObject, optionalText, toInstant } from "../../shared/values.ts";
import { listOf } from "../arguments.ts";
import { modifyColumns } from "./access.ts";
import { text, tokens } from "./values.ts";

export function updateActive(
  context: DomainContext,
  args: {
    id?: unknown;
    observations?: unknown;
    tokenCount?: unknown;
    lastObservedAt?: unknown;
    observedMessageIds?: unknown;
    observedTimezone?: unknown;
  },
): Promise<void> {
  const tokenCount = tokens(args.tokenCount, "tokenCount");
  const ids = args.observedMessageIds ?? undefined;
  const observedTimezone = optionalText(args.observedTimezone ?? undefined, "observedTimezone");
  const set = {
    activeObservations: text(args.observations, "observations"),
    observationTokenCount: tokenCount,
    pendingMessageTokens: 0,
    lastObservedAt: toInstant(args.lastObservedAt, "lastObservedAt").getTime(),
    ...(ids !== undefined && { observedMessageIds: encodeJson(listOf(ids, "observedMessageIds")) ?? null }),
    ...(observedTimezone !== undefined && { observedTimezone }),
  };
  return modifyColumns(context, args.id, ["totalTokensObserved"], ({ totalTokensObserved }) => ({
    set: { ...set, totalTokensObserved: totalTokensObserved + tokenCount },
    result: undefined,
  }));
}

export function updateConfig(context: DomainContext, args: { id?: unknown; config?: unknown }): Promise<void> {
  const change = optionalObject(args.config, "config") ?? {};
  return modifyColumns(context, args.id, ["config"], ({ config }) => ({
    set: { config: encodeJson(mergeDeep(JSON.parse(config), change)) ?? "{}" },
    result: undefined,
  }));
}

/** Plain objects merge; all else replaces. What cannot be stored at all is passed over, like `undefined`. */
function mergeDeep(stored: unknown, change: unknown): unknown {
  if (!isPlainObject(stored) || !isPlainObject(change)) return change;
  const merged = { ...stored };
  for (const key of Object.keys(change)) {
    const value = change[key];
    if (value === undefined || typeof value === "function" || typeof value === "symbol") continue;
    const before = Object.hasOwn(stored, key) ? stored[key] : undefined;
    Object.defineProperty(merged, key, {
      value: mergeDeep(before, value),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return merged;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
