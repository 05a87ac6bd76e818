import {
  IconDatabase,
  IconFlask,
  IconGauge,
  IconHome,
  IconMessages,
  type IconProps,
  IconRobot,
  IconRoute,
  IconSearch,
  IconSettings,
  IconTable,
  IconTableAlias,
  IconTimeline,
  IconUsers,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

export interface NavigationEntry {
  label: string;
  to: string;
  icon: ComponentType<IconProps>;
  /** Opens the screen after `g`. */
  letter: string;
}

/** The menu, in its order. */
export const navigation: readonly NavigationEntry[] = [
  { label: "Overview", to: "/", icon: IconHome, letter: "o" },
  { label: "Threads", to: "/threads", icon: IconMessages, letter: "t" },
  { label: "Resources", to: "/resources", icon: IconUsers, letter: "r" },
  { label: "Traces", to: "/traces", icon: IconTimeline, letter: "x" },
  { label: "Workflow runs", to: "/workflows", icon: IconRoute, letter: "w" },
  { label: "Scores", to: "/scores", icon: IconGauge, letter: "c" },
  { label: "Datasets", to: "/datasets", icon: IconTable, letter: "d" },
  { label: "Experiments", to: "/experiments", icon: IconFlask, letter: "e" },
  { label: "Agents", to: "/agents", icon: IconRobot, letter: "a" },
  { label: "Storage", to: "/storage", icon: IconDatabase, letter: "s" },
  { label: "Data", to: "/data", icon: IconTableAlias, letter: "b" },
  { label: "Search", to: "/search", icon: IconSearch, letter: "f" },
  { label: "Settings", to: "/settings", icon: IconSettings, letter: "," },
];
