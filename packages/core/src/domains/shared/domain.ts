import type { Table } from "../../engine/table.ts";
import type { Logger } from "../../logger.ts";
import type { DomainContext } from "./context.ts";
import type { PruneOptions, PruneResult, TableRetentionPolicy } from "./retention.ts";

/** Where a retention key of a domain points: the table and the column that ages. */
export interface RetentionTable {
  readonly table: string;
  readonly column: string;
}

/** Base of every domain store. */
export abstract class StorageDomain {
  /** Keys that `retention` may name for this domain. */
  static readonly retentionTables: Readonly<Record<string, RetentionTable>> = {};

  /** Makes the domain's tables ready. Idempotent; concurrent calls share one run; may be repeated after a failure. */
  abstract init(): Promise<void>;

  /** Removes every row of the domain, its helper records included. Other domains stay untouched. */
  abstract dangerouslyClearAll(): Promise<void>;

  /** Removes rows that are older than the policies allow. Default: nothing to prune. */
  async prune(
    _policies: Readonly<Record<string, TableRetentionPolicy>>,
    _options?: PruneOptions,
  ): Promise<PruneResult[]> {
    return [];
  }

  /** Takes the host's logger, for all domains of the same store. Synchronous. */
  __setLogger(logger: Logger): void {
    (this as Partial<StowageDomain>).context?.setLogger(logger);
  }

  /** Accepts the host; nothing is kept. Synchronous. */
  __registerMastra(_host: unknown): void {}
}

/** What the implementation of a domain has besides its public methods. */
export interface StowageDomain extends StorageDomain {
  readonly context: DomainContext;
}

/** A domain class as the storage object needs it: its tables, and how to make one. */
export interface DomainClass<D extends StorageDomain = StorageDomain> {
  readonly tables: readonly Table[];
  new (context: DomainContext): D;
}
