import type { ReactNode } from "react";

/** A column of a table. */
export interface Column<T> {
  id: string;
  label: string;
  /** What stands in the cell; default `text`. */
  cell?: (row: T) => ReactNode;
  /** The value in a download. */
  text: (row: T) => string | number | null | undefined;
  /** Pixels. Default 160. */
  width?: number;
  /** The field by which the server orders. */
  sortField?: string;
  isNumber?: boolean;
  /** Shown only when chosen. */
  isHidden?: boolean;
}

/** As in a URL: a field, and a minus before it for the greatest first. */
export type Sort = string;
