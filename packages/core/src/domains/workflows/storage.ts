import { StorageDomain } from "../shared/domain.ts";

/** The contract of the `workflows` domain. */
export abstract class WorkflowsStorage extends StorageDomain {}
