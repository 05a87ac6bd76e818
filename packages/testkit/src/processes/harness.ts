import type { AdapterStore } from "@stowage/core";

/** What opens the storage that lies at a place. Every process does, by the same module. */
export interface StorageModule {
  openStorage(place: readonly string[]): AdapterStore;
}

/** A database as a suite of several processes wants it. */
export interface ProcessHarness {
  /** The path of a module that exports {@link StorageModule.openStorage}. */
  readonly module: string;
  /** Where an empty database lies that nothing has used: texts that tell `openStorage` all it needs. */
  place(): readonly string[] | Promise<readonly string[]>;
  /** How many writers are killed. Default: 8. More of them take turns on four databases. */
  readonly kills?: number;
  /** Whether no write ever fails because another process writes. Default: one may, with `retry: "temporary"`, and is made again. */
  readonly isUndisturbed?: boolean;
  /** Takes the server down at once, and starts it again on the same data. Absent where there is none, or not to be taken down. */
  readonly crashAndRestart?: (() => Promise<void>) | undefined;
}
