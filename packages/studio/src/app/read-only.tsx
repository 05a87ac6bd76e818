import { Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getServer } from "../api/system.ts";

/** Whether the server refuses every write. Buttons that write are not shown then; `false` until it is known. */
export function useReadOnly(): boolean {
  const { data } = useQuery({
    queryKey: ["server"],
    queryFn: ({ signal }) => getServer(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data?.readOnly ?? false;
}

/** Says so, on every screen. */
export function ReadOnlyMark() {
  if (!useReadOnly()) return null;
  return (
    <Text size="xs" c="dimmed" visibleFrom="xs">
      <IconLock size={12} aria-hidden /> Read-only
    </Text>
  );
}
