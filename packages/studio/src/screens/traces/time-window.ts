/** A part of a trace's time, in percent of the whole. */
export type TimeWindow = readonly [from: number, to: number];

export const wholeTime: TimeWindow = [0, 100];
/** The narrowest part that can be chosen. */
export const leastWindow = 0.5;

/** From an address, as in "20-45.5"; the whole when it is none. */
export function readWindow(text: string | undefined): TimeWindow {
  const [, first, last] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? "") ?? [];
  const [from, to] = [Number(first), Number(last)];
  return from >= 0 && to <= 100 && to - from >= leastWindow ? [from, to] : wholeTime;
}

export const windowText = ([from, to]: TimeWindow): string | undefined =>
  from <= 0 && to >= 100 ? undefined : `${from}-${to}`;

/** Milliseconds at which a window of a trace begins and ends. */
export function momentsOf(
  trace: { start: number; end: number },
  [from, to]: TimeWindow,
): { start: number; end: number } {
  const length = Math.max(trace.end - trace.start, 1);
  return { start: trace.start + (length * from) / 100, end: trace.start + (length * to) / 100 };
}
