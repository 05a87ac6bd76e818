import type { MastraCompositeStore, StowageDomainKey } from "@stowage/core";

/** One record of an export. */
export interface TransferRecord {
  /** Domain. */
  d: StowageDomainKey;
  /** Kind of record within it. */
  t: string;
  r: object;
}

/** What an export is narrowed to. */
export interface TransferScope {
  /** Only what was made from then on. */
  since?: Date;
  /** Only what belongs to this owner; kinds without owners are then left out. */
  resourceId?: string;
}

/** Everything of one domain, record by record. */
export type Walk = (storage: MastraCompositeStore, scope: TransferScope) => AsyncGenerator<TransferRecord>;
