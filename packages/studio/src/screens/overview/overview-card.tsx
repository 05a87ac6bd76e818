import { Card, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** A card with a heading, for the lists below the figures. */
export function OverviewCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder padding="sm" component="section" aria-label={title}>
      <Title order={2} size="h6" mb="xs">
        {title}
      </Title>
      {children}
    </Card>
  );
}
