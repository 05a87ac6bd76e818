import { type Direction, type EngineValue, encodeTuple, type Range, type Walk } from "@stowage/core/engine";
import type { Index, Layout } from "./layout.ts";
import { beyond, earlier, encodeParts, later } from "./places.ts";
import type { Span } from "./port.ts";

/** The pieces of an index that a walk covers: one for each choice of its equality values. `after` is a cursor's place. */
export function spansOf(
  layout: Layout,
  index: Index,
  walk: Pick<Walk, "eq" | "range">,
  direction: Direction = "asc",
  after?: readonly EngineValue[],
): Span[] {
  const place = (values: readonly EngineValue[]) => encodeParts(values, layout.maxPartBytes);
  const [lower, upper] = boundsOf(walk.range, place);
  const position = after && place(after);
  const from = position !== undefined && direction === "asc" ? later(lower, beyond(position)) : lower;
  const to = position !== undefined && direction === "desc" ? earlier(upper, position) : upper;
  return groupsOf(layout, index, walk).map((group) => ({
    index,
    group,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }));
}

/** Half-open bounds: everything that begins with the values of a bound lies between them and what is beyond them. */
function boundsOf(range: Range | undefined, place: (values: readonly EngineValue[]) => string) {
  const lower = range?.lower && (range.lower.inclusive ? place(range.lower.at) : beyond(place(range.lower.at)));
  const upper = range?.upper && (range.upper.inclusive ? beyond(place(range.upper.at)) : place(range.upper.at));
  return [lower, upper];
}

function groupsOf(layout: Layout, index: Index, { eq = {} }: Pick<Walk, "eq">): string[] {
  let choices: EngineValue[][] = [[]];
  for (const column of index.eq) {
    const given = eq[column] as EngineValue | readonly EngineValue[];
    const list = (Array.isArray(given) ? given : [given]).filter(canBeKey);
    const distinct = [...new Map(list.map((value) => [encodeTuple([value]), value])).values()];
    choices = choices.flatMap((head) => distinct.map((value) => [...head, value]));
  }
  return choices.map((values) => encodeParts(values, layout.maxPartBytes));
}

/** Whether a value can be in a key at all: nothing else can be found there. */
export const canBeKey = (value: EngineValue): boolean =>
  value !== null && (typeof value !== "string" || (value.isWellFormed() && !value.includes("\0")));
