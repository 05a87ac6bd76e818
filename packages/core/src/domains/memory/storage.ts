import { StorageDomain } from "../shared/domain.ts";

/** The contract of the `memory` domain. */
export abstract class MemoryStorage extends StorageDomain {}
