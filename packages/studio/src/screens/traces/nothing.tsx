import { Text } from "@mantine/core";

/** Says that a part of a screen has nothing to show. */
export const Nothing = ({ children }: { children: string }) => (
  <Text size="sm" c="dimmed">
    {children}
  </Text>
);
