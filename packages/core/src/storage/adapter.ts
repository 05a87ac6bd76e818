import { type DomainClasses, type DomainClassKey, domainClasses } from "../domains/index.ts";
import type { ObservabilityOptions } from "../domains/observability/index.ts";
import type { DomainContext } from "../domains/shared/context.ts";
import type { Duration, RetentionConfig } from "../domains/shared/retention.ts";
import type { Clock } from "../engine/clock.ts";
import type { Engine } from "../engine/engine.ts";
import type { Table } from "../engine/table.ts";
import { defaultLogger, type Logger } from "../logger.ts";
import { MastraCompositeStore } from "./composite.ts";
import type { StorageDomains } from "./domain-keys.ts";
import { StorageHandle } from "./handle.ts";
import { checkInterval, SelfPruning } from "./self-pruning.ts";
import { standardStack } from "./standard-stack.ts";

/** Options that every store class takes. */
export interface StoreOptions {
  /** Identifies the instance. Required, not blank. */
  id: string;
  /** No automatic initialisation; `init()` is then a deployment step. Default `false`. */
  disableInit?: boolean;
  /** Policies for `prune()`. */
  retention?: RetentionConfig;
  /**
   * How often the store prunes by itself; of all processes on one database one does so in each interval. Default: never. At most
   * 24 days.
   */
  retentionInterval?: Duration;
  /** How traces and signals are kept. */
  observability?: ObservabilityOptions;
}

/** Options that every domain class takes when it stands alone. */
export interface DomainOptions {
  disableInit?: boolean;
  /** How traces and signals are kept; of the class of that domain. */
  observability?: ObservabilityOptions;
}

/** How an adapter's options become an engine. */
export interface AdapterDefinition<Options extends object> {
  /** Main export name of the store class, for instance `LibSQLStore`. */
  readonly className: string;
  /** Fixed name of instances, used in logs. Default: the class name. */
  readonly displayName?: string;
  /** Whether an option `name` goes before it. Default `false`. */
  readonly takesName?: boolean;
  /** Name in error ids, for instance `LIBSQL`. */
  readonly storeName: string;
  /** Checks the options without any I/O. @throws Error with the phrases callers match. */
  validate?(options: Options, name: string): void;
  /** Builds the engine. No I/O: it connects at its first use. */
  open(options: Options, logger: Logger): Engine;
  /** Where the data is, for people to read: a file, or a host and a database. Never credentials. */
  target?(options: Options): string | undefined;
  /** Whether the database takes one writer at a time, so that concurrent small writes had better share a commit. */
  readonly hasOneWriter?: boolean;
  /** Whether a deliberate `init()` runs again after success, as for a database that lives in this process. */
  repeatsInit?(options: Options): boolean;
}

/** A domain class of an adapter: made from the adapter's options when it stands alone. */
export type AdapterDomainClass<K extends DomainClassKey, Options extends object> = {
  readonly tables: readonly Table[];
  readonly retentionTables: DomainClasses[K]["retentionTables"];
  new (options: Options & DomainOptions): InstanceType<DomainClasses[K]> & { close(): Promise<void> };
};

export type AdapterDomains<Options extends object> = { readonly [K in DomainClassKey]: AdapterDomainClass<K, Options> };

const domainKeys = Object.keys(domainClasses) as DomainClassKey[];
const isContext = (value: object): value is DomainContext =>
  "storeName" in value && "engine" in value && "sibling" in value;

/**
 * Makes an adapter's class for one domain. It extends the domain's one implementation and adds how to open the engine;
 * alone it owns its connection and has `close()`.
 */
export function adapterDomain<K extends DomainClassKey, Options extends object>(
  definition: AdapterDefinition<Options>,
  key: K,
  className: string,
): AdapterDomainClass<K, Options> {
  const base = domainClasses[key] as unknown as new (context: DomainContext) => { readonly context: DomainContext };
  const domainClass = class extends base {
    declare close?: () => Promise<void>;

    constructor(options: (Options & DomainOptions) | DomainContext) {
      if (isContext(options)) {
        super(options);
        return;
      }
      const handle = openHandle(definition, options, className, domainClasses[key].tables);
      super(handle.context);
      Object.defineProperty(this, "close", { value: () => handle.close(), enumerable: false });
    }
  };
  Object.defineProperty(domainClass, "name", { value: className });
  return domainClass as unknown as AdapterDomainClass<K, Options>;
}

/** The seven domain classes of an adapter, named `Memory<suffix>`, `Workflows<suffix>` and so on. */
export function adapterDomains<Options extends object>(
  definition: AdapterDefinition<Options>,
  suffix: string,
): AdapterDomains<Options> {
  const entries = domainKeys.map((key) => {
    const className = `${key[0]?.toUpperCase()}${key.slice(1)}${suffix}`;
    return [key, adapterDomain(definition, key, className)] as const;
  });
  return Object.fromEntries(entries) as unknown as AdapterDomains<Options>;
}

/** The store class of an adapter: opens one engine and puts all seven domains on it. */
export function adapterStore<Options extends object>(
  definition: AdapterDefinition<Options>,
  domains: AdapterDomains<Options>,
): new (
  options: Options & StoreOptions,
) => AdapterStore {
  const storeClass = class extends AdapterStore {
    constructor(options: Options & StoreOptions) {
      super(definition as AdapterDefinition<object>, options, domains as AdapterDomains<never>);
    }
  };
  Object.defineProperty(storeClass, "name", { value: definition.className });
  return storeClass;
}

/** What every adapter's store class is. */
export class AdapterStore extends MastraCompositeStore {
  declare stores: StorageDomains;
  /** The engine under all layers, for diagnosis. */
  readonly engine: Engine;
  protected readonly handle: StorageHandle;
  private readonly selfPruning: SelfPruning | undefined;

  constructor(definition: AdapterDefinition<object>, options: StoreOptions, domains: AdapterDomains<never>) {
    const { className } = definition;
    super({ ...pickStoreOptions(options), name: nameOf(definition, options) });
    const interval = options.retentionInterval === undefined ? undefined : checkInterval(options.retentionInterval);
    const siblings = (key: string) =>
      Object.hasOwn(this.stores, key) ? this.stores[key as DomainClassKey] : undefined;
    const tables = uniqueTables(domainKeys.flatMap((key) => domainClasses[key].tables));
    this.handle = openHandle(definition, options, className, tables, siblings);
    this.engine = this.handle.context.engine;
    this.stores = Object.fromEntries(
      domainKeys.map((key) => [
        key,
        new (domains[key] as unknown as new (context: DomainContext) => unknown)(this.handle.context),
      ]),
    ) as StorageDomains;
    this.selfPruning =
      interval === undefined
        ? undefined
        : new SelfPruning(this.handle.context, interval, (signal) => this.prune({ signal }));
  }

  override async close(): Promise<void> {
    await this.selfPruning?.stop();
    await super.close();
    await this.handle.close();
  }

  override __setLogger(logger: Logger): void {
    this.handle.context.setLogger(logger);
    super.__setLogger(logger);
  }
}

/** What an instance is called. */
function nameOf({ className, displayName = className, takesName }: AdapterDefinition<object>, options: object): string {
  const { name } = (options ?? {}) as { readonly name?: unknown };
  return takesName && typeof name === "string" && name.trim() !== "" ? name : displayName;
}

function openHandle<Options extends object>(
  definition: AdapterDefinition<Options>,
  options: Options & DomainOptions & { adopt?: boolean; clock?: Clock },
  name: string,
  tables: readonly Table[],
  siblings?: (key: string) => unknown,
): StorageHandle {
  definition.validate?.(options, name);
  const late: { context?: DomainContext } = {};
  const logger = lateLogger(() => late.context?.logger ?? defaultLogger);
  const engine = definition.open(options, logger);
  const handle = new StorageHandle({
    engine: standardStack(engine, definition.hasOneWriter ?? false),
    sizes: engine.sizes?.bind(engine),
    storeName: definition.storeName,
    tables: uniqueTables(tables),
    disableInit: options.disableInit ?? false,
    adopt: options.adopt ?? false,
    settings: { observability: options.observability },
    target: definition.target?.(options),
    repeatsInit: () => definition.repeatsInit?.(options) ?? false,
    ...(options.clock && { clock: options.clock }),
    ...(siblings && { siblings }),
  });
  late.context = handle.context;
  return handle;
}

/** A logger that asks for the real one at each call: the host sets it after construction. */
function lateLogger(current: () => Logger): Logger {
  return {
    debug: (message, ...details) => current().debug(message, ...details),
    info: (message, ...details) => current().info(message, ...details),
    warn: (message, ...details) => current().warn(message, ...details),
    error: (message, ...details) => current().error(message, ...details),
  };
}

const uniqueTables = (tables: readonly Table[]): Table[] => [
  ...new Map(tables.map((table) => [table.name, table])).values(),
];

function pickStoreOptions(options: StoreOptions) {
  const { id, disableInit, retention } = options ?? {};
  return { id, ...(disableInit !== undefined && { disableInit }), ...(retention && { retention }) };
}
