import { contractError } from "../contract-error.ts";

/** What a list of one kind has told so far. */
export interface DeltaPlace {
  /** Everything up to this stamp has been told, or was too old to tell. */
  readonly settled: number;
  /** Stamps above it that have been told, ascending. */
  readonly told: readonly number[];
}

const form = /^1~([a-z]+)~([0-9a-z]+)~((?:[0-9a-z]+(?:\.[0-9a-z]+)*)?)$/;

/** Distances, not stamps: those of one batch lie a microsecond apart. */
export function encodePlace(kind: string, { settled, told }: DeltaPlace): string {
  let before = settled;
  const steps = told.map((stamp) => {
    const step = stamp - before;
    before = stamp;
    return step.toString(36);
  });
  return `1~${kind}~${settled.toString(36)}~${steps.join(".")}`;
}

/** @throws StorageError `OBSERVABILITY_INVALID_DELTA_CURSOR` for any other text, and for the cursor of another list. */
export function decodePlace(kind: string, cursor: unknown): DeltaPlace {
  const match = typeof cursor === "string" ? form.exec(cursor) : null;
  if (!match || match[1] !== kind) {
    throw contractError("this is no cursor of this list", "invalid_argument", "OBSERVABILITY_INVALID_DELTA_CURSOR");
  }
  const settled = Number.parseInt(match[2] as string, 36);
  let stamp = settled;
  const told = (match[3] ? match[3].split(".") : []).map((step) => {
    stamp += Number.parseInt(step, 36);
    return stamp;
  });
  return { settled, told };
}
