import { Anchor, type CSSVariablesResolver, createTheme, Notification, Tooltip } from "@mantine/core";

/** Shades that keep a contrast of 4.5 to 1 on both schemes; the library's own dimmed text and blue do not. */
export const theme = createTheme({
  primaryColor: "blue",
  primaryShade: { light: 8, dark: 8 },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // A link in a text must differ from it by more than its colour.
    Anchor: Anchor.extend({ defaultProps: { underline: "always" } }),
    // The button is a cross: who does not see it needs its name.
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" } } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, withArrow: true } }),
  },
});

export const cssVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#4c5661",
    "--mantine-color-placeholder": "#5c6670",
    "--mantine-color-anchor": colors.blue?.[8] ?? "",
    "--mantine-color-error": "#b3211a",
  },
  dark: {
    "--mantine-color-dimmed": "#b4bac1",
    "--mantine-color-placeholder": "#a0a6ad",
    "--mantine-color-anchor": colors.blue?.[3] ?? "",
    "--mantine-color-error": "#ff9d97",
  },
});
