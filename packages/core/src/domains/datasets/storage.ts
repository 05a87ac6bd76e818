import { StorageDomain } from "../shared/domain.ts";

/** The contract of the `datasets` domain. */
export abstract class DatasetsStorage extends StorageDomain {}
