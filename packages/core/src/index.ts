/** For people who use a store. People who teach Stowage a database import from `@stowage/core/engine`. */

export * from "./domains/agents/index.ts";
export * from "./domains/datasets/index.ts";
export * from "./domains/experiments/index.ts";
export * from "./domains/memory/index.ts";
export * from "./domains/observability/index.ts";
export * from "./domains/scores/index.ts";
export type { DomainContext } from "./domains/shared/context.ts";
export type { RetentionTable } from "./domains/shared/domain.ts";
export { StorageDomain } from "./domains/shared/domain.ts";
export type { ListOrderBy, ResolvedOrderBy } from "./domains/shared/ordering.ts";
export { compareByField, resolveListOrderBy } from "./domains/shared/ordering.ts";
export type { PaginationInfo, SortDirection } from "./domains/shared/pagination.ts";
export { calculatePagination, normalizePerPage } from "./domains/shared/pagination.ts";
export type {
  Duration,
  PruneOptions,
  PruneResult,
  RetentionConfig,
  TableRetentionPolicy,
} from "./domains/shared/retention.ts";
export * from "./domains/workflows/index.ts";
export type { ErrorCategory, ErrorCode, ErrorDetails, Retry } from "./errors.ts";
export { ConflictError, errorCodes, isStorageError, StorageError } from "./errors.ts";
export type { Logger } from "./logger.ts";
export type {
  AdapterDefinition,
  AdapterDomainClass,
  AdapterDomains,
  DomainOptions,
  StoreOptions,
} from "./storage/adapter.ts";
export { AdapterStore, adapterDomain, adapterDomains, adapterStore } from "./storage/adapter.ts";
export type {
  MastraCompositeStoreConfig,
  MastraStorageConfig,
  MastraStorageDomains,
  StorageLike,
} from "./storage/composite.ts";
export { MastraCompositeStore, MastraStorage } from "./storage/composite.ts";
export type { DomainKey, StorageDomains, StowageDomainKey, StowageDomains } from "./storage/domain-keys.ts";
export { DOMAIN_KEYS, EDITOR_DOMAINS } from "./storage/domain-keys.ts";
export { InMemoryStore, MockStore } from "./storage/in-memory-store.ts";
export { withoutCredentials } from "./storage/target.ts";
