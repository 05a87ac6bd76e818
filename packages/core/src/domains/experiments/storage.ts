import { StorageDomain } from "../shared/domain.ts";

/** The contract of the `experiments` domain. */
export abstract class ExperimentsStorage extends StorageDomain {}
