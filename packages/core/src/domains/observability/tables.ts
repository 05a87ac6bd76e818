import type { Table } from "../../engine/table.ts";

export const observabilityTables: readonly Table[] = [];
