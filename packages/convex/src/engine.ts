import { KvEngine } from "@stowage/kv";
import { type ConvexOptions, resolveOptions } from "./options.ts";
import { ConvexPort } from "./port.ts";

/** The engine on a Convex deployment that has the functions of `@stowage/convex/server`. Making it opens nothing. */
export const convexEngine = (options: ConvexOptions): KvEngine =>
  new KvEngine(new ConvexPort(resolveOptions(options)), { scanPage: 500 });
