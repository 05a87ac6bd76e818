import type { SpanTree } from "./span-tree.ts";

export interface Density {
  /** Spans at work in each part of the trace's time. */
  counts: number[];
  /** Whether a span failed that ended in that part. */
  failed: boolean[];
}

/** How many spans are at work along the time of a trace, in parts of one length. */
export function densityOf({ byId, start, end }: SpanTree, parts: number): Density {
  const length = Math.max(end - start, 1);
  const partOf = (at: number) => Math.min(Math.floor(((at - start) / length) * parts), parts - 1);
  const changes = new Array<number>(parts + 1).fill(0);
  const failed = new Array<boolean>(parts).fill(false);
  for (const { span, start: from, end: to } of byId.values()) {
    const last = partOf(to);
    changes[partOf(from)] = (changes[partOf(from)] ?? 0) + 1;
    changes[last + 1] = (changes[last + 1] ?? 0) - 1;
    if (span.status === "error") failed[last] = true;
  }
  let running = 0;
  const counts = changes.slice(0, parts).map((change) => {
    running += change;
    return running;
  });
  return { counts, failed };
}
