import { decodeJson } from "../../engine/json.ts";
import { StorageError } from "../../errors.ts";
import { noThread, streamThread, type ThreadHint } from "./thread-hint.ts";

/** Where a part's row is. */
export interface PartRow {
  readonly version: number;
  readonly position: number;
}

/**
 * One entry of a context, or one other member of a snapshot, as its JSON text. Immutable, so that images of a run share
 * their parts; it knows its row when it has one.
 */
export class Part {
  readonly text: string;
  readonly row: PartRow | undefined;
  #value: unknown;
  #hasValue = false;
  #wasTaken = false;
  #thread: ThreadHint | undefined;

  constructor(text: string, row?: PartRow) {
    this.text = text;
    this.row = row;
  }

  /** The same content in another row, or in none. */
  at(row: PartRow | undefined): Part {
    const part = new Part(this.text, row);
    part.#value = this.#value;
    part.#hasValue = this.#hasValue;
    part.#thread = this.#thread;
    return part;
  }

  /** The value for looking at only. */
  peek(): unknown {
    if (!this.#hasValue) {
      this.#value = parse(this.text);
      this.#hasValue = true;
    }
    return this.#value;
  }

  /** The value as a caller's own copy. From the second time on a kept value is copied, which is cheaper than parsing. */
  take(): unknown {
    if (!this.#wasTaken && !this.#hasValue) {
      this.#wasTaken = true;
      return parse(this.text);
    }
    const copy = copyJson(this.peek(), 0);
    return copy === tooDeep ? parse(this.text) : copy;
  }

  /** What this entry says about the run's thread. */
  get thread(): ThreadHint {
    this.#thread ??= this.text.includes('"__streamState"') ? streamThread(this.peek()) : noThread;
    return this.#thread;
  }
}

function parse(text: string): unknown {
  try {
    return decodeJson(text);
  } catch (cause) {
    throw new StorageError("a stored part of the run cannot be decoded", { code: "corrupt", cause });
  }
}

const tooDeep = Symbol("too deep");
const maxDepth = 500;

/** Objects are cloned whole and then looked through: much faster than member by member, and any name stays an own member. */
function copyJson(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === maxDepth) return tooDeep;
  if (Array.isArray(value)) {
    const copy: unknown[] = value.slice();
    for (let i = 0; i < copy.length; i++) {
      const item = copy[i];
      if (typeof item !== "object" || item === null) continue;
      if ((copy[i] = copyJson(item, depth + 1)) === tooDeep) return tooDeep;
    }
    return copy;
  }
  const copy: Record<string, unknown> = { ...value };
  for (const name in copy) {
    const item = copy[name];
    if (typeof item !== "object" || item === null) continue;
    if ((copy[name] = copyJson(item, depth + 1)) === tooDeep) return tooDeep;
  }
  return copy;
}
