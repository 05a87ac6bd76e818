import type { ResultRow, Statement } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import type { Parameters } from "../parameters.ts";

/** What reads need of the engine. */
export interface Reader {
  /** For the values of a new statement. */
  parameters(): Parameters;
  /** Goes in one request with what else is asked for at this moment. */
  stream(statement: Statement, visit: (row: ResultRow) => boolean): Promise<void>;
  /** For a statement that gives far more rows than are wanted: by itself it can be left. */
  streamAlone(statement: Statement, visit: (row: ResultRow) => boolean): Promise<void>;
  /** Takes notice of a revision that is stored, so that the next one drawn is greater. */
  noteRevision(revision: number): void;
  readonly maxGetKeys: number;
  /** Whether the database evaluates filters and aggregates. */
  readonly native: boolean;
  /** Rows looked at in one call where a filter decides on the rows. */
  readonly scanPage: number;
  /** Whether a table has so few rows that its entries are not worth a look. */
  isSmall(mapping: TableMapping): boolean;
  /** From so many keys on the whole table is read for their sake: it has no more granules, roughly. */
  fewKeys(mapping: TableMapping): number;
  /** A condition that leaves out rows whose time is over, of a table that has such. */
  expiry(mapping: TableMapping): readonly string[];
}
