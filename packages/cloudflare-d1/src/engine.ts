import type { Clock } from "@stowage/core/engine";
import { jsonBulk, SqlEngine, singlePlan, sqliteDialect, tellingGuard } from "@stowage/sql";
import { capabilities, singleCapabilities } from "./capabilities.ts";
import { D1Connection } from "./connection.ts";
import { translate, violation } from "./errors.ts";
import { type D1Options, type ResolvedOptions, resolveOptions } from "./options.ts";
import { BindingWay, ClientWay, RestWay, type Way } from "./ways.ts";

/** Settings of the engine that are no matter of where the database is. */
export interface D1EngineSettings {
  /** Evaluates filters and aggregates on the rows walked, for tests that compare the two. Default `false`. */
  readonly forceDerived?: boolean;
  readonly clock?: Pick<Clock, "sequence">;
  /** What reaches the REST interface. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The engine on D1. */
export class D1Engine extends SqlEngine {
  /** Whether the engine writes one record at a time and needs a journal around it. */
  readonly needsJournal: boolean;
  private readonly way: Way;

  constructor(way: Way, prefix: string, settings: D1EngineSettings) {
    const { takesBatches } = way;
    super({
      name: "d1",
      dialect: sqliteDialect({ violation, translate, maxCompound: 5, maxParameters: 100, maxOperators: 60 }),
      capabilities: takesBatches ? capabilities : singleCapabilities,
      connect: async () => new D1Connection(way),
      strategy: {
        ...{ bulk: jsonBulk, guard: tellingGuard },
        // A single operation needs no guard: one statement says what it expects, and changes the record. D1 keeps no
        // statement between requests, so that a null is best not sent.
        plan: (ops, context) =>
          takesBatches && ops.length > 1 ? undefined : singlePlan(ops, context, { leavesOutNulls: true }),
      },
      prefix,
      // A walk in pages is no snapshot here, so that its pages are long.
      scanPage: 10_000,
      ...(settings.forceDerived !== undefined && { forceDerived: settings.forceDerived }),
      ...(settings.clock && { clock: settings.clock }),
    });
    this.needsJournal = !takesBatches;
    this.way = way;
  }

  /** How far the session of a binding has got; `undefined` before its first answer, and for other forms. */
  get bookmark(): string | undefined {
    return this.way instanceof BindingWay ? this.way.bookmark : undefined;
  }
}

/** Making the engine opens nothing. */
export function d1Engine(options: D1Options, settings: D1EngineSettings = {}): D1Engine {
  const resolved = resolveOptions(options);
  return new D1Engine(wayTo(resolved, settings), resolved.prefix, settings);
}

function wayTo(options: ResolvedOptions, settings: D1EngineSettings): Way {
  switch (options.form) {
    case "binding":
      return new BindingWay(options.binding, options.bookmark);
    case "client":
      return new ClientWay(options.client);
    case "rest":
      return new RestWay(options, settings.fetch ?? globalThis.fetch);
  }
}
