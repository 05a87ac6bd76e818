import { find } from "../../../engine/operations.ts";
import type { DomainContext } from "../../shared/context.ts";
import { readPage } from "../../shared/pages.ts";
import { type Duration, parseDuration } from "../../shared/retention.ts";
import { refused } from "../conditions.ts";
import { abandoned } from "../spans/abandoned.ts";
import type { IncomingClose } from "../spans/incoming.ts";
import { spans } from "../tables.ts";
import type { SpanCommitter } from "./committer.ts";

export interface CloseAbandonedArgs {
  /** How long a span must not have changed. */
  olderThan: Duration;
  /** Most spans to end. Default 10,000. */
  limit?: number;
  /** Counts them and ends none. */
  dryRun?: boolean;
}

export interface CloseAbandonedResult {
  closed: number;
  /** False when there may be more. */
  done: boolean;
}

const pageSize = 500;

/** Ends spans that have not changed for so long, with the time of their last change. */
export async function closeAbandoned(
  { engine, clock }: DomainContext,
  committer: SpanCommitter,
  { olderThan, limit = 10_000, dryRun = false }: CloseAbandonedArgs,
): Promise<CloseAbandonedResult> {
  if (!Number.isSafeInteger(limit) || limit < 1) throw refused("limit", "must be a whole number of at least 1");
  const cutoff = clock.now() - durationOf(olderThan);
  let closed = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await readPage(
      engine,
      find(spans, {
        path: "byStart",
        range: { upper: { at: [cutoff], inclusive: false } },
        filter: untouchedSince(cutoff),
        columns: ["traceId", "spanId", "createdAt", "updatedAt"],
        limit: Math.min(pageSize, limit - closed),
        ...(cursor !== undefined && { cursor }),
      }),
    );
    const items = page.rows.map(({ traceId, spanId, createdAt, updatedAt, _rev: rev }): IncomingClose => {
      const set = { endedAt: updatedAt ?? createdAt, error: abandoned };
      return { kind: "close", traceId, spanId, rev, change: { set, isOpenSnapshot: false }, bytes: abandoned.length };
    });
    if (!dryRun) await committer.commit(items);
    closed += items.length;
    if (page.end === "exhausted") return { closed, done: true };
    if (closed >= limit) return { closed, done: false };
    cursor = page.cursor;
  }
}

function durationOf(value: unknown): number {
  try {
    return parseDuration(value);
  } catch (error) {
    throw refused("olderThan", `is no duration: ${(error as Error).message}`);
  }
}

/** Spans of another library may lack the time of their last change. */
const untouchedSince = (cutoff: number) =>
  ({
    op: "and",
    args: [
      { op: "isNull", column: "endedAt" },
      {
        op: "or",
        args: [
          { op: "lt", column: "updatedAt", value: cutoff },
          {
            op: "and",
            args: [
              { op: "isNull", column: "updatedAt" },
              { op: "lt", column: "createdAt", value: cutoff },
            ],
          },
        ],
      },
    ],
  }) as const;
