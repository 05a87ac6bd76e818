import type { DomainContext } from "./context.ts";
import { changesSuite } from "./memory/changes.ts";
import { contentSuite } from "./memory/content.ts";
import { includingSuite } from "./memory/including.ts";
import { listingSuite } from "./memory/listing.ts";
import { savingSuite } from "./memory/saving.ts";
import { threadListsSuite } from "./memory/thread-lists.ts";
import { threadsSuite } from "./memory/threads.ts";

/** What every storage promises about the domain `memory`. */
export function memorySuite(context: DomainContext): void {
  threadsSuite(context);
  threadListsSuite(context);
  savingSuite(context);
  contentSuite(context);
  listingSuite(context);
  includingSuite(context);
  changesSuite(context);
}
