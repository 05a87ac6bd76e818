export { WorkflowsStorage } from "./storage.ts";
