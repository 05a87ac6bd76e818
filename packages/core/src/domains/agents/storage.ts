import { StorageDomain } from "../shared/domain.ts";

/** The contract of the `agents` domain. */
export abstract class AgentsStorage extends StorageDomain {}
