/** How a probe relates to an entry: negative when the entry lies before it, positive when after, 0 when they are equal. */
type Probe<Entry> = (entry: Entry) => number;

const chunkSize = 512;

/**
 * A sorted list in chunks: insertion and removal in the order of √n, ranks and walks from any place in both directions.
 * Entries are unique under `compare`.
 */
export class OrderedIndex<Entry> {
  private readonly chunks: Entry[][] = [];
  private readonly compare: (a: Entry, b: Entry) => number;
  size = 0;

  constructor(compare: (a: Entry, b: Entry) => number) {
    this.compare = compare;
  }

  add(entry: Entry): void {
    const probe: Probe<Entry> = (other) => this.compare(other, entry);
    let at = this.chunkFor(probe);
    if (at === this.chunks.length) {
      if (at === 0) this.chunks.push([]);
      else at--;
    }
    const chunk = this.chunks[Math.min(at, this.chunks.length - 1)] as Entry[];
    chunk.splice(lowerBound(chunk, probe), 0, entry);
    this.size++;
    if (chunk.length > 2 * chunkSize) {
      this.chunks.splice(this.chunks.indexOf(chunk) + 1, 0, chunk.splice(chunkSize));
    }
  }

  remove(entry: Entry): void {
    const probe: Probe<Entry> = (other) => this.compare(other, entry);
    const at = this.chunkFor(probe);
    const chunk = this.chunks[at];
    if (!chunk) return;
    const index = lowerBound(chunk, probe);
    if (index < chunk.length && probe(chunk[index] as Entry) === 0) {
      chunk.splice(index, 1);
      this.size--;
      if (chunk.length === 0) this.chunks.splice(at, 1);
    }
  }

  /** How many entries lie before the place that the probe describes. */
  rank(probe: Probe<Entry>): number {
    const at = this.chunkFor(probe);
    let before = 0;
    for (let i = 0; i < at; i++) before += (this.chunks[i] as Entry[]).length;
    const chunk = this.chunks[at];
    return chunk ? before + lowerBound(chunk, probe) : before;
  }

  /** Entries with ranks from `from` (inclusive) to `to` (exclusive), upwards or downwards. */
  *walk(from: number, to: number, descending: boolean): Generator<Entry> {
    let left = to - from;
    if (left <= 0) return;
    let [at, index] = this.locate(descending ? to - 1 : from);
    while (left-- > 0) {
      yield (this.chunks[at] as Entry[])[index] as Entry;
      if (descending) {
        if (--index < 0 && --at >= 0) index = (this.chunks[at] as Entry[]).length - 1;
      } else if (++index >= (this.chunks[at] as Entry[]).length) {
        at++;
        index = 0;
      }
    }
  }

  private locate(rank: number): [chunk: number, index: number] {
    let left = rank;
    let at = 0;
    while (left >= (this.chunks[at] as Entry[]).length) left -= (this.chunks[at++] as Entry[]).length;
    return [at, left];
  }

  /** The first chunk whose last entry does not lie before the probe. */
  private chunkFor(probe: Probe<Entry>): number {
    let low = 0;
    let high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.chunks[middle] as Entry[];
      if (probe(chunk[chunk.length - 1] as Entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lowerBound<Entry>(chunk: readonly Entry[], probe: Probe<Entry>): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (probe(chunk[middle] as Entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
