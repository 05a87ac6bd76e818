import { CloseButton, Drawer, Group, Paper, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type PropsWithChildren, useEffect } from "react";
import { isTyping } from "../app/typing.ts";

interface SidePanelProps {
  title: string;
  onClose: () => void;
  /** Pixels. Default 400. */
  width?: number;
}

/** Details beside a list, over it where the window is narrow. `Esc` closes it. */
export function SidePanel({ title, onClose, width = 400, children }: PropsWithChildren<SidePanelProps>) {
  const isNarrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !isTyping(event.target)) onClose();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [onClose]);
  if (isNarrow) {
    return (
      <Drawer opened onClose={onClose} title={title} position="right" closeButtonProps={{ "aria-label": "Close" }}>
        {children}
      </Drawer>
    );
  }
  return (
    <Paper component="aside" withBorder p="sm" w={width} style={{ flexShrink: 0, overflow: "auto" }} aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Text fw={600}>{title}</Text>
        <CloseButton aria-label="Close" onClick={onClose} />
      </Group>
      {children}
    </Paper>
  );
}
