import type { Table } from "../../engine/table.ts";

export const workflowsTables: readonly Table[] = [];
