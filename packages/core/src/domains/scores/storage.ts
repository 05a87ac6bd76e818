import { StorageDomain } from "../shared/domain.ts";

/** The contract of the `scores` domain. */
export abstract class ScoresStorage extends StorageDomain {}
