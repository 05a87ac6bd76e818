import { placesOf, type RunImage } from "./image.ts";
import { entryKey } from "./keys.ts";
import type { Part, PartRow } from "./part.ts";

type Entries = ReadonlyMap<string, Part>;

/** The entries of a context, each knowing its row if it gets one, and what the header holds of them. */
export interface PlacedContext {
  readonly context: Entries | undefined;
  /** `undefined`: nothing. It may hold entries that rows stand in for. */
  readonly inHeader: Entries | undefined;
}

/** What a context that is too large for the header is placed beside. */
export interface Surroundings {
  /** The rows that stay where they are, by their keys. */
  readonly stored: ReadonlyMap<string, Part>;
  readonly base: RunImage | undefined;
  /** For the rows that change. */
  readonly version: number;
}

/** Puts a context into the header; beside `among`, only what the header holds already and what is unchanged there stays in it. */
export function placeContext(entries: Entries | undefined, among: Surroundings | undefined): PlacedContext {
  if (!entries) return { context: undefined, inHeader: undefined };
  if (!among) {
    const context = new Map([...entries].map(([name, part]) => [name, placed(part, undefined, undefined)]));
    return { context, inHeader: context };
  }
  const { stored, version, base } = among;
  const held = base?.inHeader.context;
  // A row can stand in for an entry of the header, but nothing can say that there is none.
  const inHeader = held && [...held.keys()].every((name) => entries.has(name)) ? held : undefined;
  const placesInHeader = placesOf(inHeader);
  const storedPlace = (name: string) => stored.get(entryKey(name))?.row?.position ?? placesInHeader.get(name);
  const places = risingPlaces([...entries.keys()].map(storedPlace));

  const context = new Map<string, Part>();
  let isUsed = false;
  for (const [name, part] of entries) {
    const position = places[context.size] as number;
    const own = inHeader?.get(name);
    const stays = own?.text === part.text && placesInHeader.get(name) === position;
    isUsed ||= stays;
    const row = stays ? undefined : { version, position };
    context.set(name, placed(part, row, stored.get(entryKey(name))));
  }
  return { context, inHeader: isUsed ? inHeader : undefined };
}

/** The stored part when it holds the same in the same place; else the part in its new place. */
export function placed(part: Part, row: PartRow | undefined, stored: Part | undefined): Part {
  if (!row) return part.row ? part.at(undefined) : part;
  return stored?.text === part.text && stored.row?.position === row.position ? stored : part.at(row);
}

/** Places that rise, for things in their order and the places they have had: as few move as can be seen at a glance. */
function risingPlaces(before: readonly (number | undefined)[]): number[] {
  const following: (number | undefined)[] = [];
  for (let i = before.length - 1, next: number | undefined; i >= 0; i--) {
    following[i] = next;
    next = before[i] ?? next;
  }
  let last = 0;
  return before.map((own, i) => {
    const next = following[i];
    const between = (last + (next ?? last)) / 2;
    const fits = next !== undefined && between > last && between < next;
    last = own !== undefined && own > last ? own : fits ? between : Math.floor(last) + 1;
    return last;
  });
}
