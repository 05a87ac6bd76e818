import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  NavLink,
  ScrollArea,
  Text,
  Tooltip,
  VisuallyHidden,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { spotlight } from "@mantine/spotlight";
import { IconKeyboard, IconSearch } from "@tabler/icons-react";
import { Link, useRouterState } from "@tanstack/react-router";
import { type PropsWithChildren, useEffect } from "react";
import { Keys } from "./keys.tsx";
import { navigation } from "./navigation.ts";
import { Palette } from "./palette.tsx";
import { ReadOnlyMark } from "./read-only.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";
import { useTrailKeys } from "./trail.ts";

/** The frame of every screen: header, menu, palette and keys. */
export function Shell({ children }: PropsWithChildren) {
  const [menuOpened, menu] = useDisclosure(false);
  const [keysOpened, keys] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new screen closes the menu of a narrow window.
  useEffect(() => menu.close(), [path]);
  useTrailKeys();

  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 210, breakpoint: "sm", collapsed: { mobile: !menuOpened } }}>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={menuOpened} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Text component={Link} to="/" fw={700} c="inherit" td="none">
              Stowage
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ReadOnlyMark />
            <Button variant="default" size="xs" leftSection={<IconSearch size={14} />} onClick={spotlight.open}>
              Find or paste an id
            </Button>
            <Tooltip label="Keys">
              <ActionIcon variant="default" aria-label="Keys" onClick={keys.open} visibleFrom="xs">
                <IconKeyboard size={16} />
              </ActionIcon>
            </Tooltip>
            <ThemeSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Screens">
        <ScrollArea>
          {navigation.map(({ label, to, icon: Icon }) => {
            const isActive = to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
            return (
              <NavLink
                key={to}
                component={Link}
                to={to}
                label={label}
                leftSection={<Icon size={16} />}
                active={isActive}
                variant="subtle"
                color="gray"
                {...(isActive && { "aria-current": "page" as const, fw: 600 })}
              />
            );
          })}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main>
        <VisuallyHidden aria-live="polite">{path}</VisuallyHidden>
        {children}
      </AppShell.Main>
      <Palette />
      <Keys opened={keysOpened} onToggle={keys.toggle} onClose={keys.close} />
    </AppShell>
  );
}
