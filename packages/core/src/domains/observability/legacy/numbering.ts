/** Which numbers a legacy row has for the kind of a span and the code of its status. */
export type LegacyNumbering = "documented" | "otlp" | "otel-api";

interface Numbers {
  /** OTLP's number for each kind from 0; later numbers, and those below 0, are one more in OTLP. */
  readonly kinds: readonly number[];
  /** OTLP's number for each status from 0; others are the same. */
  readonly statuses: readonly number[];
}

const same: Numbers = { kinds: [], statuses: [] };
const numberings: Readonly<Record<Exclude<LegacyNumbering, "otlp">, Numbers>> = {
  // Internal, client, server, producer, consumer; unset, error, ok.
  documented: { kinds: [1, 3, 2, 4, 5], statuses: [0, 2, 1] },
  // Internal, server, client, producer, consumer; unset, ok, error.
  "otel-api": { kinds: [1, 2, 3, 4, 5], statuses: [] },
};

const numbersOf = (numbering: LegacyNumbering): Numbers => (numbering === "otlp" ? same : numberings[numbering]);

/** OTLP's number of a kind. Every number has one, so that none is lost. */
export const kindToOtlp = (kind: number, numbering: LegacyNumbering): number =>
  numbering === "otlp" ? kind : (numbersOf(numbering).kinds[kind] ?? kind + 1);

export function kindFromOtlp(kind: number, numbering: LegacyNumbering): number {
  if (numbering === "otlp") return kind;
  const found = numbersOf(numbering).kinds.indexOf(kind);
  return found < 0 ? kind - 1 : found;
}

export const statusToOtlp = (code: number, numbering: LegacyNumbering): number =>
  numbersOf(numbering).statuses[code] ?? code;

export function statusFromOtlp(code: number, numbering: LegacyNumbering): number {
  const found = numbersOf(numbering).statuses.indexOf(code);
  return found < 0 ? code : found;
}
