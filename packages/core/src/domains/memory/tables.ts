import type { Table } from "../../engine/table.ts";

export const memoryTables: readonly Table[] = [];
