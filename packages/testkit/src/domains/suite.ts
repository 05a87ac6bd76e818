import type { Capabilities, Engine } from "@stowage/core/engine";
import { afterEach, beforeEach, describe } from "vitest";
import { type TestClock, testClock } from "../clock.ts";
import {
  type DomainContext,
  type DomainKey,
  domainKeys,
  type OpenStorageOptions,
  type TestStorage,
} from "./context.ts";
import { startAndEndSuite } from "./start-and-end.ts";
import { domainSuites } from "./suites.ts";

/** How the suites get storage objects of the kind under test. */
export interface DomainHarness {
  /** Capabilities of the whole stack. */
  readonly capabilities: Capabilities;
  /** Makes a storage object on an empty database. */
  openStorage(options: OpenStorageOptions): Promise<TestStorage> | TestStorage;
  /** Makes another storage object on the database of `storage`. Leave it out where a second one cannot see the data. */
  reopenStorage?(storage: TestStorage, options: OpenStorageOptions): Promise<TestStorage> | TestStorage;
  /** Removes the database of a storage object that {@link openStorage} gave, after `close`. */
  dispose?(storage: TestStorage): Promise<void> | void;
  /** `false` when the storage objects do not take their time from `options.clock`. Default `true`. */
  readonly setsClock?: boolean;
  /**
   * The share of their cases that properties are tried with, but five at least. Default a quarter: what a property says of a
   * domain is tried in full in memory, where a case costs next to nothing; of the database there is less to learn.
   */
  readonly propertyShare?: number;
  /** Only these domains; all when absent. */
  readonly domains?: readonly DomainKey[];
}

const fewestCases = 5;

/** Runs the contract tests of every domain on a storage object. */
export function domainSuite(name: string, harness: DomainHarness): void {
  describe(`${name}: domains`, () => {
    const wanted = harness.domains ?? domainKeys;
    const context = contextOf(name, harness);
    describe("storage object", () => startAndEndSuite(context, wanted));
    for (const key of domainKeys) if (wanted.includes(key)) describe(key, () => domainSuites[key](context));
  });
}

/** What the suites of the domains get. For use inside `describe`: it registers hooks. */
export function contextOf(name: string, harness: DomainHarness): DomainContext {
  let clock: TestClock = testClock();
  let opened: { readonly storage: TestStorage; readonly isOwner: boolean }[] = [];

  beforeEach(() => {
    clock = testClock();
  });
  afterEach(async () => {
    const storages = opened;
    opened = [];
    for (const { storage } of storages.toReversed()) await storage.close?.();
    for (const { storage, isOwner } of storages) if (isOwner) await harness.dispose?.(storage);
  });

  const complete = (options: Partial<OpenStorageOptions> = {}): OpenStorageOptions => ({
    clock,
    wrap: (engine: Engine) => engine,
    disableInit: false,
    ...options,
  });
  const keep = (storage: TestStorage, isOwner: boolean) => {
    opened.push({ storage, isOwner });
    return storage;
  };

  const context: DomainContext = {
    name,
    capabilities: harness.capabilities,
    get clock() {
      return harness.setsClock === false ? undefined : clock;
    },
    canReopen: harness.reopenStorage !== undefined,
    runs: (all) => Math.max(Math.min(all, fewestCases), Math.ceil(all * (harness.propertyShare ?? 0.25))),
    open: async (options) => keep(await harness.openStorage(complete(options)), true),
    async store<Store>(key: DomainKey, options?: Partial<OpenStorageOptions>) {
      const storage = await context.open(options);
      const store = await storage.getStore(key);
      if (store === undefined) throw new Error(`the storage under test has no domain ${key}`);
      return store as Store;
    },
    async reopen(storage, options) {
      if (!harness.reopenStorage) throw new Error("this harness cannot reopen; ask context.canReopen first");
      return keep(await harness.reopenStorage(storage, complete(options)), false);
    },
  };
  return context;
}
