/** What a Convex project installs, so that Stowage can keep its records there. */

export { type StowageFunctionOptions, stowageFunctions } from "./functions.ts";
export { type StowageDataModel, stowageTables } from "./schema.ts";
