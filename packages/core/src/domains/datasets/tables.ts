import type { Table } from "../../engine/table.ts";

export const datasetsTables: readonly Table[] = [];
