import type { Column } from "@stowage/core/engine";
import type { ColumnStorage } from "./dialect.ts";

/** One column of a mapped table. */
export interface MappedColumn {
  readonly name: string;
  readonly quoted: string;
  /** What to select to read it. */
  readonly selected: string;
  /** The second column of a storage with {@link ColumnStorage.whole}, quoted. */
  readonly long?: string;
  /** What stands for it where values are compared or grouped. */
  readonly operand: string;
  readonly type: Column["type"];
  readonly storage: ColumnStorage;
  readonly isNullable: boolean;
  readonly isText: boolean;
  /** Takes part in the key, a unique key or a path. */
  readonly indexed: boolean;
}
