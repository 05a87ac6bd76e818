import { MastraCompositeStore } from "@mastra/core/storage";
import type {
  PruneOptions,
  PruneResult,
  RetentionConfig,
  StowageDomainKey,
  MastraCompositeStore as StowageStorage,
} from "@stowage/core";
import { bridgeDomain } from "./domain.ts";
import { toHostError } from "./errors.ts";
import { hostAwaitsInit } from "./host.ts";

export interface ToMastraStorageOptions {
  /** Default: the id of the storage. */
  id?: string;
  /** Leaves initialisation to a deliberate `init()`. Default: as the storage says. */
  disableInit?: boolean;
  /** Replaces the storage's retention policies for `prune()`. */
  retention?: RetentionConfig;
}

const stowageKeys = new Set<string>([
  "memory",
  "workflows",
  "scores",
  "observability",
  "agents",
  "datasets",
  "experiments",
] satisfies StowageDomainKey[]);

/**
 * Gives the real `@mastra/core` a storage object over any Stowage storage, an adapter's or a composite:
 *
 * ```ts
 * const storage = toMastraStorage(new LibSQLStore({ id: "agents", url: "file:./agents.db" }));
 * const mastra = new Mastra({ storage });
 * ```
 *
 * The result is an instance of the application's own copy of core (1.16 or later), as are its domains, so it can be used in
 * `Mastra`, in `Memory({ storage })` and, domain by domain, in Mastra's composite store. Stores of another make that the
 * storage routes are passed on as they are. Errors are the host's, with ids that begin with `MASTRA_STORAGE_`.
 *
 * `init()` is shared by all callers and tried again after a failure. Copies of core that fire it unobserved get a promise that
 * does not reject: the failure is logged and thrown by the next call of a domain.
 */
export function toMastraStorage(storage: StowageStorage, options: ToMastraStorageOptions = {}): MastraCompositeStore {
  return new BridgedStorage(storage, options) as unknown as MastraCompositeStore;
}

type Stores = Record<string, object | undefined>;
type HostBase = abstract new (config: { id: string; name: string; disableInit?: boolean }) => { stores?: unknown };

class BridgedStorage extends (MastraCompositeStore as unknown as HostBase) {
  // Assigned, not declared: the host's own field would otherwise be reset.
  declare stores: Stores;
  readonly #storage: StowageStorage;
  readonly #retention: RetentionConfig | undefined;
  #logger: { error(message: string, ...details: unknown[]): void } = console;

  constructor(
    storage: StowageStorage,
    { id = storage.id, disableInit = storage.disableInit, retention }: ToMastraStorageOptions,
  ) {
    super({ id, name: storage.name, disableInit });
    this.#storage = storage;
    this.#retention = retention;
    const init = () => this.init();
    this.stores = Object.fromEntries(
      Object.entries((storage.stores ?? {}) as Stores).map(([key, store]) => [
        key,
        store && stowageKeys.has(key) && "context" in store
          ? bridgeDomain(key as StowageDomainKey, store, init)
          : store,
      ]),
    );
  }

  async getStore(key: string): Promise<object | undefined> {
    const store = Object.hasOwn(this.stores, key) ? this.stores[key] : undefined;
    if (store && Object.hasOwn(this.#storage.stores ?? {}, key)) {
      await hostCall(() => this.#storage.getStore(key as StowageDomainKey));
    }
    return store;
  }

  async init(): Promise<void> {
    try {
      await hostCall(() => this.#storage.init());
    } catch (error) {
      this.#logger.error(`${this.#storage.name}: initialisation failed; the next use tries again`, error);
      if (hostAwaitsInit) throw error;
    }
  }

  async prune(options: PruneOptions = {}): Promise<PruneResult[]> {
    const retention = options.retention ?? this.#retention;
    return hostCall(() => this.#storage.prune({ ...options, ...(retention && { retention }) }));
  }

  async close(): Promise<void> {
    await hostCall(() => this.#storage.close());
  }

  __setLogger(logger: never): void {
    this.#logger = logger ?? console;
    this.#storage.__setLogger(logger);
  }

  __registerMastra(host: unknown): void {
    this.#storage.__registerMastra(host);
    for (const store of Object.values(this.stores)) {
      (store as { __registerMastra?: (host: unknown) => void } | undefined)?.__registerMastra?.(host);
    }
  }
}

async function hostCall<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw toHostError(error);
  }
}
