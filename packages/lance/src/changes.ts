import { StorageError } from "@stowage/core/engine";

export type Stored = Readonly<Record<string, string | number | null>>;

/** What one record becomes. */
export interface Change {
  readonly key: string;
  /** The row afterwards; absent for a record that goes. */
  readonly row?: Stored;
  /** The revision it must have before; absent for a record that must not be there. */
  readonly revision?: number;
}

/** Changes of one kind, which go into one commit. */
export type Kind = "insert" | "update" | "remove";

export const kindOf = ({ row, revision }: Change): Kind =>
  revision === undefined ? "insert" : row ? "update" : "remove";

interface Waiting {
  readonly change: Change;
  resolve(applied: boolean): void;
  reject(error: unknown): void;
}

/** As many conditions go into one statement. */
const mostJoined = 200;

/**
 * Changes that wait for their turn. Each counts by itself, but those of one kind that wait at the same time share a commit,
 * which takes as long for many records as for one.
 */
export class WaitingChanges {
  private waiting: Waiting[] = [];

  /** Lets a change wait. `isFirst`: nobody has been told to come for it yet. */
  add(change: Change): { isFirst: boolean; applied: Promise<boolean> } {
    const applied = new Promise<boolean>((resolve, reject) => {
      this.waiting.push({ change, resolve, reject });
    });
    return { isFirst: this.waiting.length === 1, applied };
  }

  /** Takes the first of them with those that go with it, and tells each what `commit` says. Says whether others are left. */
  async run(commit: (kind: Kind, changes: readonly Change[]) => Promise<readonly boolean[]>): Promise<boolean> {
    const [first] = this.waiting;
    if (!first) return false;
    const kind = kindOf(first.change);
    const group = new Map<string, Waiting>();
    const left: Waiting[] = [];
    for (const each of this.waiting) {
      const { change } = each;
      // Of two changes of one record the later one has to see what became of the first.
      const fits = kindOf(change) === kind && !group.has(change.key) && group.size < mostJoined;
      if (fits) group.set(change.key, each);
      else left.push(each);
    }
    this.waiting = left;
    const taken = [...group.values()];
    try {
      const applied = await commit(
        kind,
        taken.map(({ change }) => change),
      );
      for (const [index, { resolve }] of taken.entries()) resolve(applied[index] as boolean);
    } catch (error) {
      for (const { reject } of taken) reject(error);
    }
    return left.length > 0;
  }
}

/**
 * Which of the changes of one commit were applied, where the database says only how many.
 *
 * @param isSeen whether a record is now as its change makes it.
 * @throws StorageError `unknown_outcome` when others have written some of the records since.
 */
export function appliedOf(changes: readonly Change[], count: number, isSeen: (change: Change) => boolean): boolean[] {
  const seen = changes.map(isSeen);
  if (seen.filter(Boolean).length === count) return seen;
  throw new StorageError("others wrote the same records at the same time; these may have been written", {
    code: "unknown_outcome",
  });
}
