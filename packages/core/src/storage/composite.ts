import type { DomainContext } from "../domains/shared/context.ts";
import type { StorageDomain } from "../domains/shared/domain.ts";
import {
  checkRetention,
  type PruneOptions,
  type PruneResult,
  type RetentionConfig,
} from "../domains/shared/retention.ts";
import { inOperation, isStorageError } from "../errors.ts";
import { defaultLogger, type Logger } from "../logger.ts";
import { DOMAIN_KEYS, EDITOR_DOMAINS, type StorageDomains } from "./domain-keys.ts";
import { isInitDisabledByEnvironment } from "./readiness.ts";
import { defineRemovedMethods } from "./removed-methods.ts";

/** The `domains` option: stores by key; `false` switches a domain off, `undefined` and `null` mean "not given". */
export type MastraStorageDomains = { [K in keyof StorageDomains]?: StorageDomains[K] | false | null };

/** What a composite needs of a parent store. */
export interface StorageLike {
  readonly stores?: StorageDomains;
  readonly disableInit?: boolean;
  init?(): Promise<void>;
  close?(): Promise<void>;
}

export interface MastraCompositeStoreConfig {
  /** Identifies the instance. Required, not blank. */
  id: string;
  /** Used in logs and errors. Default `MastraCompositeStore`. */
  name?: string;
  /** Supplies every domain that nothing else supplies. */
  default?: StorageLike;
  /** Supplies the editor domains. */
  editor?: StorageLike;
  /** Overrides per domain. */
  domains?: MastraStorageDomains;
  /** No automatic initialisation. Default `false`. */
  disableInit?: boolean;
  /** Policies for `prune()`. */
  retention?: RetentionConfig;
}

/** Deprecated name of {@link MastraCompositeStoreConfig}. */
export type MastraStorageConfig = MastraCompositeStoreConfig;

interface Target {
  readonly name: string;
  readonly disableInit: boolean;
  init(): Promise<void>;
}

/**
 * The storage object: routes domain keys to domain stores. Built with `default`, `editor` or `domains` it composes
 * (`domains` over `editor` for its keys over `default`); an adapter extends it and fills `stores`. A constructor does no I/O.
 */
export class MastraCompositeStore {
  readonly id: string;
  readonly name: string;
  readonly disableInit: boolean;
  /** The domain stores by key. Mutable: hosts assign missing domains into it. */
  stores?: StorageDomains;

  protected hasInitialized: Promise<boolean> | null = null;
  /** `false` makes each explicit `init()` run again. */
  protected shouldCacheInit = true;
  /** Policies for `prune()`, as they were given. */
  readonly retention: RetentionConfig | undefined;
  protected readonly parentDefault: StorageLike | undefined;
  protected readonly parentEditor: StorageLike | undefined;
  protected logger: Logger = defaultLogger;
  private closing: Promise<void> | undefined;

  /** @throws Error when `id` is blank, nothing is composed, or a retention policy is malformed. */
  constructor(config: MastraCompositeStoreConfig) {
    this.name = config?.name ?? "MastraCompositeStore";
    if (typeof config?.id !== "string" || config.id.trim() === "") {
      throw new Error(`${this.name}: id must be provided and cannot be empty.`);
    }
    this.id = config.id;
    this.disableInit = config.disableInit ?? false;
    checkRetention(config.retention);
    this.retention = config.retention;
    this.parentDefault = config.default;
    this.parentEditor = config.editor;
    if (config.default || config.editor || config.domains) this.stores = this.compose(config);
  }

  /** The store of that domain, ready for use; `undefined` when nobody supplies it. Rejects when its initialisation fails. */
  async getStore<K extends keyof StorageDomains>(key: K): Promise<StorageDomains[K] | undefined> {
    const { stores } = this;
    const store = stores && Object.hasOwn(stores, key) ? stores[key] : undefined;
    if (!store) return undefined;
    if (!this.disableInit && !isInitDisabledByEnvironment()) await this.ready(store as StorageDomain, key);
    return store;
  }

  /**
   * Makes everything reachable ready, each distinct target once and all at the same time. Waits for every target.
   *
   * @throws the error of the one target that failed, or an `AggregateError` that names each.
   */
  async init(): Promise<void> {
    const targets = this.targets().filter((target) => this.disableInit || !target.disableInit);
    const outcomes = await Promise.allSettled(targets.map((target) => initialise(target)));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === "rejected" ? [{ target: targets[index] as Target, error: outcome.reason as unknown }] : [],
    );
    if (failures.length === 1) throw failures[0]?.error;
    if (failures.length > 1) {
      const names = failures.map(({ target }) => target.name).join(", ");
      throw new AggregateError(
        failures.map(({ error }) => error),
        `${this.name}: could not initialise ${names}`,
      );
    }
    this.hasInitialized = Promise.resolve(true);
  }

  /**
   * Removes rows older than the retention policies allow, domain by domain. Without policies nothing goes but what expires by
   * contract. A domain that fails is logged and reported; the others are still pruned.
   */
  async prune(options: PruneOptions = {}): Promise<PruneResult[]> {
    const retention = options.retention ?? this.retention ?? {};
    checkRetention(retention);
    const results: PruneResult[] = [];
    for (const [key, store] of Object.entries(this.stores ?? {})) {
      const policies = retention[key];
      if (typeof store?.prune !== "function" || (!policies && key !== "observability")) continue;
      try {
        results.push(...(await store.prune(policies ?? {}, options)));
      } catch (error) {
        this.logger.error(`${this.name}: could not prune ${key}`, error);
        const { retentionTables = {} } = store.constructor as Partial<typeof StorageDomain>;
        for (const policy of Object.keys(policies ?? {})) {
          const table = retentionTables[policy]?.table ?? policy;
          results.push({ domain: key, table, deleted: 0, done: false, error: (error as Error).message });
        }
      }
    }
    return results;
  }

  /** Closes parents and own domains, each distinct target once. A failure is logged and does not stop the others. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  /** Takes the host's logger and hands it on. */
  __setLogger(logger: Logger): void {
    this.logger = logger;
    for (const child of this.children()) (child as { __setLogger?: (logger: Logger) => void }).__setLogger?.(logger);
  }

  /** Hands the host on to parents and domains. */
  __registerMastra(host: unknown): void {
    for (const child of this.children())
      (child as { __registerMastra?: (host: unknown) => void }).__registerMastra?.(host);
  }

  /** Awaits lazy readiness of the store that owns a domain. */
  protected async ready(store: StorageDomain, key: string): Promise<void> {
    const { context } = store as { context?: Pick<DomainContext, "ready" | "storeName"> };
    if (context) {
      return context.ready().catch((error) => Promise.reject(inOperation(error, context.storeName, key, "init")));
    }
    const parent = [this.parentDefault, this.parentEditor].find((candidate) => owns(candidate, store));
    const target = parent ?? store;
    if (!(target as Target).disableInit) await once(target);
  }

  private compose({ default: fallback, editor, domains = {} }: MastraCompositeStoreConfig): StorageDomains {
    const overrides = domains as Record<string, unknown>;
    const stores: Record<string, unknown> = {};
    const extra = Object.keys(overrides).filter((key) => !(DOMAIN_KEYS as readonly string[]).includes(key));
    for (const key of extra) this.logger.warn(`${this.name}: routes the unknown domain ${key} as given`);
    for (const key of [...DOMAIN_KEYS, ...extra]) {
      const override = Object.hasOwn(overrides, key) ? overrides[key] : undefined;
      if (override === false) continue;
      if (override) checkDomain(this.name, key, override);
      const isEditorKey = (EDITOR_DOMAINS as readonly string[]).includes(key);
      const supplied = override ?? (isEditorKey ? ownStore(editor, key) : undefined) ?? ownStore(fallback, key);
      if (supplied) stores[key] = supplied;
    }
    const hasSource = [fallback, editor].some((parent) => Object.values(parent?.stores ?? {}).some(Boolean));
    if (!hasSource && !Object.values(overrides).some(Boolean)) {
      throw new Error(`${this.name}: at least one storage source is required (default, editor or domain overrides)`);
    }
    return stores as StorageDomains;
  }

  /** Everything `init()` must reach: parents first, then the domains that no parent owns. */
  private targets(): Target[] {
    const targets = new Map<object, Target>();
    const add = (name: string, candidate: object | undefined) => {
      const { init, disableInit } = (candidate ?? {}) as { init?: () => Promise<void>; disableInit?: boolean };
      // Domains of one store share its context, and so one run.
      const { context } = (candidate ?? {}) as { context?: { disableInit?: boolean } };
      const identity = context ?? candidate;
      if (!identity || typeof init !== "function" || targets.has(identity)) return;
      targets.set(identity, {
        name,
        disableInit: disableInit ?? context?.disableInit ?? false,
        init: () => init.call(candidate),
      });
    };
    add("default", this.parentDefault);
    add("editor", this.parentEditor);
    for (const [key, store] of Object.entries(this.stores ?? {})) {
      if (!owns(this.parentDefault, store) && !owns(this.parentEditor, store)) add(key, store);
    }
    return [...targets.values()];
  }

  private children(): Set<unknown> {
    const children = [this.parentDefault, this.parentEditor, ...Object.values(this.stores ?? {})];
    return new Set(children.filter((child) => child !== undefined));
  }

  private async closeAll(): Promise<void> {
    for (const child of this.children()) {
      const { close } = child as { close?: () => Promise<void> };
      if (typeof close !== "function") continue;
      try {
        await close.call(child);
      } catch (error) {
        this.logger.error(`${this.name}: could not close a store`, isStorageError(error) ? error.message : error);
      }
    }
  }
}

defineRemovedMethods(MastraCompositeStore.prototype);

/** The older, deprecated name of the storage object: the same class, so that every store is an instance of both. */
export const MastraStorage = MastraCompositeStore;
export type MastraStorage = MastraCompositeStore;

const foreignRuns = new WeakMap<object, Promise<void>>();

/** Initialises a store of another make once, forgetting failures. */
function once(target: object): Promise<void> {
  let run = foreignRuns.get(target);
  if (!run) {
    const { init } = target as { init?: () => Promise<void> };
    run = (async () => init?.call(target))();
    foreignRuns.set(target, run);
    run.catch(() => foreignRuns.delete(target));
  }
  return run;
}

/** An initialisation that rejects rather than throws. */
const initialise = async (target: Target): Promise<void> => target.init();

const ownStore = (parent: StorageLike | undefined, key: string): unknown =>
  parent?.stores && Object.hasOwn(parent.stores, key) ? parent.stores[key as keyof StorageDomains] : undefined;

const owns = (parent: StorageLike | undefined, store: unknown): boolean =>
  Object.values(parent?.stores ?? {}).some((candidate) => candidate === store);

function checkDomain(name: string, key: string, store: unknown): void {
  if (typeof store !== "object" || store === null || typeof (store as { then?: unknown }).then === "function") {
    throw new TypeError(
      `${name}: domains.${key} must be a domain store, not ${typeof store === "object" ? "a promise" : typeof store}`,
    );
  }
  let methods = 0;
  for (let o: object | null = store; o && o !== Object.prototype; o = Object.getPrototypeOf(o)) {
    methods += Object.getOwnPropertyNames(o).filter((property) => property !== "constructor").length;
  }
  if (methods === 0) throw new TypeError(`${name}: domains.${key} must be a domain store with methods`);
}
