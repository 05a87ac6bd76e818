import type { Table } from "../../engine/table.ts";

export const agentsTables: readonly Table[] = [];
