import type { Table } from "../../engine/table.ts";

export const experimentsTables: readonly Table[] = [];
