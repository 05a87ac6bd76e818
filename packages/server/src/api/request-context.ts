import type { Services } from "../services.ts";
import { badRequest } from "./errors.ts";

const maxBytes = 8 * 1024;
/** Keys that outrank ordinary parameters in Mastra. A caller must not set them. */
const identityKeys = ["mastra__resourceId", "mastra__threadId"];

/**
 * Looks at the `requestContext` that clients send along, as base64 in the query or as an object in the body. Nothing in it
 * changes what a request may see: who calls is decided by credentials alone.
 *
 * @throws HttpError 400 for one that cannot be decoded or is too large.
 */
export function checkRequestContext(given: unknown, { metrics }: Pick<Services, "metrics">): void {
  if (given === undefined || given === null) return;
  let context: unknown = given;
  if (typeof given === "string") {
    if (given.length > maxBytes * 2) throw badRequest("requestContext: too large");
    try {
      context = JSON.parse(Buffer.from(given, "base64").toString("utf8"));
    } catch {
      throw badRequest("requestContext: must be base64 of JSON");
    }
  }
  if (typeof context !== "object" || context === null) throw badRequest("requestContext: must be an object");
  if (JSON.stringify(context).length > maxBytes) throw badRequest("requestContext: too large");
  if (identityKeys.some((key) => Object.hasOwn(context, key))) metrics.identityAttempts.inc();
}
