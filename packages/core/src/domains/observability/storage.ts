import { StorageDomain } from "../shared/domain.ts";

/** The contract of the `observability` domain. */
export abstract class ObservabilityStorage extends StorageDomain {}
