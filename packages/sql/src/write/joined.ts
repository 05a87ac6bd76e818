import {
  type ErrorCode,
  encodeTuple,
  isStorageError,
  StorageError,
  type WriteOp,
  type WriteResult,
} from "@stowage/core/engine";
import { Gathering } from "../gathering.ts";
import { keyOfOp } from "./change.ts";

type Batch = readonly WriteOp[];

export interface JoinedWritesOptions {
  /** Calls back when everything has been asked for that is asked for at this moment. */
  readonly soon: (flush: () => void) => void;
  /** Applies a batch, with one try. Unless it rejects with `unknown_outcome`, nothing of a batch that failed was applied. */
  readonly together: (ops: Batch) => Promise<WriteResult[]>;
  /** Applies a batch, and says what it is refused for. */
  readonly alone: (ops: Batch) => Promise<WriteResult[]>;
}

interface Member {
  readonly ops: Batch;
  resolve(results: WriteResult[]): void;
  reject(error: unknown): void;
}

/** What is larger than this goes alone: the others would wait for it. */
const mostOps = 16;
const mostText = 65_536;

/**
 * Many small batches at once as few transactions: a commit costs more than what is in such a batch. Members of a transaction
 * have no record in common that one of them changes, and come in the order of their records, so that processes that do the same
 * lock them in the same order. When a transaction is refused each member is applied alone and gets his own outcome; when
 * its outcome is unknown, so is that of every member.
 */
export class JoinedWrites {
  private readonly options: JoinedWritesOptions;
  private readonly gathering: Gathering<Member>;

  constructor(options: JoinedWritesOptions) {
    this.options = options;
    this.gathering = new Gathering({
      soon: options.soon,
      run: (members) =>
        members.length === 1
          ? this.alone(members[0] as Member)
          : Promise.all(grouped(members).map((group) => this.apply(group))),
    });
  }

  write(ops: Batch): Promise<WriteResult[]> {
    if (!isSmall(ops)) return this.options.alone(ops);
    return new Promise((resolve, reject) => this.gathering.add({ ops, resolve, reject }));
  }

  /** Resolves once every batch has its outcome. */
  idle(): Promise<void> {
    return this.gathering.idle();
  }

  private async apply(group: readonly Member[]): Promise<void> {
    const [only] = group;
    if (group.length === 1 && only) return this.alone(only);
    try {
      const results = await this.options.together(group.flatMap(({ ops }) => ops));
      let at = 0;
      for (const { ops, resolve } of group) resolve(results.slice(at, (at += ops.length)));
    } catch (error) {
      if (isStorageError(error) && ofAll.has(error.code)) for (const { reject } of group) reject(copyOf(error));
      else await Promise.all(group.map((member) => this.alone(member)));
    }
  }

  private alone({ ops, resolve, reject }: Member): Promise<void> {
    return this.options.alone(ops).then(resolve, reject);
  }
}

/** What befell the connection, and says nothing about a member. */
const ofAll = new Set<ErrorCode>(["unknown_outcome", "unavailable", "timeout", "closed"]);

/** An error for one caller alone: the name of the operation is written into it on its way out. */
const copyOf = ({ message, code, retry, details, cause }: StorageError) =>
  new StorageError(message, { code, retry, details, cause });

function isSmall(ops: Batch): boolean {
  if (ops.length > mostOps) return false;
  let length = 0;
  for (const op of ops) {
    const values: Readonly<Record<string, unknown>> | undefined =
      op.op === "put" ? op.row : op.op === "patch" ? op.set : undefined;
    for (const column in values) {
      const value = values[column];
      if (typeof value === "string") length += value.length;
    }
  }
  return length <= mostText;
}

const recordOf = (op: WriteOp): string => `${op.table.name}/${encodeTuple(keyOfOp(op))}`;

/** The members that go together, and those who meet one of them, each by himself. */
function grouped(members: readonly Member[]): Member[][] {
  // The last record of a batch is the one that many batches may be about: a thread, a run.
  const keyed = members.map((member) => ({ member, place: recordOf(member.ops.at(-1) as WriteOp) }));
  keyed.sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0));
  const together: Member[] = [];
  const apart: Member[][] = [];
  /** Records that are named, and whether they are changed. */
  const taken = new Map<string, boolean>();
  for (const { member } of keyed) {
    const records = member.ops.map((op) => [recordOf(op), op.op !== "check"] as const);
    if (records.some(([id, changes]) => taken.has(id) && (changes || taken.get(id)))) apart.push([member]);
    else {
      together.push(member);
      for (const [id, changes] of records) taken.set(id, changes || (taken.get(id) ?? false));
    }
  }
  return [together, ...apart];
}
