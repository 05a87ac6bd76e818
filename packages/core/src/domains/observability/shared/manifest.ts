/** A piece: the record it is kept in, and its place there. */
export interface PieceRef {
  readonly pack: string;
  readonly place: number;
}

/** No value that a caller stores begins so: such a value is kept in pieces, however short. */
const mark = '{"$stowage":{"shared":"';
const end = '"}}';

export const isManifest = (value: unknown): value is string => typeof value === "string" && value.startsWith(mark);

/** What stands in the column: the pieces in order, neighbours as a run. */
export function writeManifest(refs: readonly PieceRef[]): string {
  const runs: string[] = [];
  for (let at = 0; at < refs.length; ) {
    const { pack, place } = refs[at] as PieceRef;
    let next = at + 1;
    while (refs[next]?.pack === pack && refs[next]?.place === place + next - at) next++;
    const last = place + next - at - 1;
    runs.push(last === place ? `${pack}.${place}` : `${pack}.${place}-${last}`);
    at = next;
  }
  return `${mark}${runs.join(",")}${end}`;
}

/** The pieces that a manifest names; `undefined` for a text that is none. */
export function readManifest(value: string): PieceRef[] | undefined {
  const refs: PieceRef[] = [];
  for (const run of value.slice(mark.length, -end.length).split(",")) {
    const match = /^([0-9a-z]+)\.(\d+)(?:-(\d+))?$/.exec(run);
    if (!match) return undefined;
    const [, pack = "", from = "", to = from] = match;
    for (let place = Number(from); place <= Number(to); place++) refs.push({ pack, place });
  }
  return refs;
}
