import type { Table } from "../../engine/table.ts";

export const scoresTables: readonly Table[] = [];
