import type { Column } from "./column.ts";
import { Time } from "./time.tsx";

/** When a record was made, or last changed, as a column that the server orders by; the last change as time gone by. */
export const dateColumn = <Field extends "createdAt" | "updatedAt">(
  field: Field,
  label: string,
  width?: number,
): Column<Readonly<Record<Field, string>>> => ({
  id: field,
  label,
  sortField: field,
  ...(width !== undefined && { width }),
  text: (row) => row[field],
  cell: (row) => <Time value={row[field]} relative={field === "updatedAt"} />,
});
