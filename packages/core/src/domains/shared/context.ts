import type { Clock } from "../../engine/clock.ts";
import type { CallOptions, Engine, StoredSizes } from "../../engine/engine.ts";
import type { Table } from "../../engine/table.ts";
import type { Logger } from "../../logger.ts";

/** What a domain stands on: an engine with its layers, and what the domains of one storage object share. */
export interface DomainContext {
  /** The stack to read and write with. It awaits initialisation by itself. */
  readonly engine: Engine;
  /** Name of the store in error ids, for instance `LIBSQL`. */
  readonly storeName: string;
  readonly clock: Clock;
  /** The logger of the moment; a host may set another one at any time. */
  readonly logger: Logger;
  setLogger(logger: Logger): void;
  /** Makes the tables of this domain (and of its siblings) ready, deliberately. Runs of several callers are shared. */
  init(): Promise<void>;
  /** Awaits readiness as a lazy first use does: nothing happens when initialisation is disabled. */
  ready(): Promise<void>;
  /** Whether this context's store leaves initialisation to a deliberate `init()`. */
  readonly disableInit: boolean;
  /** Options of single domains, by domain key. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Where the data is, for people to read: a file, or a host and a database. Never credentials. */
  readonly target?: string | undefined;
  /** What is stored takes. Absent where the database does not tell. */
  readonly sizes?: ((tables: readonly Table[], options?: CallOptions) => Promise<StoredSizes>) | undefined;
  /** Another domain of the same storage object; `undefined` for a domain class that stands alone. */
  sibling(key: string): unknown;
}
