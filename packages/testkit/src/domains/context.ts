import type { Capabilities, Clock, Engine } from "@stowage/core/engine";
import type { TestClock } from "../clock.ts";

/** The domains a storage object may have, in the order in which their suites run. */
export const domainKeys = [
  "memory",
  "workflows",
  "scores",
  "observability",
  "agents",
  "datasets",
  "experiments",
] as const;
export type DomainKey = (typeof domainKeys)[number];

/** What the suites need of a storage object. */
export interface TestStorage {
  getStore(key: DomainKey): Promise<unknown>;
  init(): Promise<void>;
  close?(): Promise<void>;
}

/** What a suite asks for when it opens a storage object. A harness hands all of it to the object it makes. */
export interface OpenStorageOptions {
  /** Where the storage object takes the time from. */
  readonly clock: Clock;
  /** Wraps the engine below the domains: counting, faults, layers under test. The identity unless a test wants more. */
  readonly wrap: (engine: Engine) => Engine;
  /** No automatic initialisation. `false` unless a test wants it so. */
  readonly disableInit: boolean;
}

/** What is known about a storage under test. The frame makes it; the suites of the domains use it. */
export interface DomainContext {
  /** Name of the storage under test, for messages. */
  readonly name: string;
  /** What the whole stack can do. Tests that not every engine can pass skip by this record and by nothing else. */
  readonly capabilities: Capabilities;
  /** The time of this test's storage objects; `undefined` where the harness says that it cannot set it. */
  readonly clock: TestClock | undefined;
  /** Whether {@link reopen} works. */
  readonly canReopen: boolean;
  /** Of `all` cases of a property those to try here: `fc.assert(property, { numRuns: context.runs(60) })`. */
  runs(all: number): number;

  /** A storage object on an empty database, closed after the test. */
  open(options?: Partial<OpenStorageOptions>): Promise<TestStorage>;

  /** The store of one domain of a fresh storage object. The type is the caller's word: `context.store<MemoryStorage>("memory")`. */
  store<Store>(key: DomainKey, options?: Partial<OpenStorageOptions>): Promise<Store>;

  /** Another storage object on the database of `storage`, as a second process would open it; it does not close the first. */
  reopen(storage: TestStorage, options?: Partial<OpenStorageOptions>): Promise<TestStorage>;
}

/** The contract tests of one domain: registers vitest suites that use `context`. */
export type DomainSuite = (context: DomainContext) => void;
