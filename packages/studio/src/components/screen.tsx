import { Breadcrumbs, Group, Title } from "@mantine/core";
import { type PropsWithChildren, type ReactNode, useEffect } from "react";
import { TextLink } from "./text-link.tsx";

interface ScreenProps {
  title: string;
  /** Screens above this one. */
  parents?: readonly { label: string; to: string }[];
  /** Buttons at the right of the title. */
  actions?: ReactNode;
  /** `page`: the whole screen scrolls. Default: the screen fills the window, and what is in it scrolls. */
  scroll?: "page";
}

/** The frame of a screen's content: where one is, its name, and what can be done. */
export function Screen({ title, parents = [], actions, scroll, children }: PropsWithChildren<ScreenProps>) {
  useEffect(() => {
    document.title = `${title} · Stowage`;
  }, [title]);
  return (
    <div className="screen" data-scroll={scroll}>
      <Group justify="space-between" gap="xs">
        <Breadcrumbs component="nav" aria-label="Where this is" separatorMargin={6} style={{ minWidth: 0 }}>
          {parents.map(({ label, to }) => (
            <TextLink key={to} href={to}>
              {label}
            </TextLink>
          ))}
          <Title order={1} size="h4" lineClamp={1}>
            {title}
          </Title>
        </Breadcrumbs>
        <Group gap="xs">{actions}</Group>
      </Group>
      {children}
    </div>
  );
}
