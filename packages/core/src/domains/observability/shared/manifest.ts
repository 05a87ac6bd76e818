/** A piece: the record it is kept in, and its place there. */
export interface PieceRef {
  readonly pack: string;
  readonly place: number;
}

/** No value that a caller stores begins so: such a value is kept in pieces, however short. */
const mark = '{"$stowage":{"shared":"';
const end = '"}}';

export const isManifest = (value: unknown): value is string => typeof value === "string" && value.startsWith(mark);

/**
 * What stands in the column: the pieces in order, neighbours as a run. Conversations refer to many records, and to most of them
 * again and again: a record has its name the first time, as its distance from the first one where that is shorter, and from then
 * on its place among the records named so far.
 */
export function writeManifest(refs: readonly PieceRef[]): string {
  const packs = new Map<string, number>();
  const nameOf = (pack: string): string => {
    const known = packs.get(pack);
    if (known !== undefined) return `${known.toString(36)}:`;
    const [first] = packs.keys();
    packs.set(pack, packs.size);
    const distance = first === undefined ? -1 : numberOf(pack) - numberOf(first);
    return distance < 0 ? `${pack}.` : `+${distance.toString(36)}.`;
  };
  const runs: string[] = [];
  for (let at = 0; at < refs.length; ) {
    const { pack, place } = refs[at] as PieceRef;
    let next = at + 1;
    while (refs[next]?.pack === pack && refs[next]?.place === place + next - at) next++;
    const last = place + next - at - 1;
    runs.push(`${nameOf(pack)}${last === place ? place : `${place}-${last}`}`);
    at = next;
  }
  return `${mark}${runs.join(",")}${end}`;
}

/** The pieces that a manifest names; `undefined` for a text that is none. */
export function readManifest(value: string): PieceRef[] | undefined {
  const packs: string[] = [];
  const refs: PieceRef[] = [];
  for (const run of value.slice(mark.length, -end.length).split(",")) {
    const match = /^(?:([0-9a-z]+):|(\+?)([0-9a-z]+)\.)(\d+)(?:-(\d+))?$/.exec(run);
    if (!match) return undefined;
    const [, known, isDistance, name = "", from = "", to = from] = match;
    if (known === undefined) {
      packs.push(isDistance ? (numberOf(packs[0] ?? "0") + numberOf(name)).toString(36) : name);
    }
    const pack = known === undefined ? packs.at(-1) : packs[numberOf(known)];
    if (pack === undefined) return undefined;
    for (let place = Number(from); place <= Number(to); place++) refs.push({ pack, place });
  }
  return refs;
}

/** Names of records are numbers, which grow. */
const numberOf = (name: string): number => Number.parseInt(name, 36);
