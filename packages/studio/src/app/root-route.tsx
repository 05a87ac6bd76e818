import { createRootRoute, Outlet } from "@tanstack/react-router";
import { Screen } from "../components/screen.tsx";
import { Empty, Failed } from "../components/states.tsx";
import { Shell } from "./shell.tsx";

export const rootRoute = createRootRoute({
  component: () => (
    <Shell>
      <Outlet />
    </Shell>
  ),
  notFoundComponent: () => (
    <Screen title="Not found">
      <Empty title="There is no such screen" help="The address names none. The menu has them all." />
    </Screen>
  ),
  errorComponent: ({ error, reset }) => (
    <Screen title="Something failed">
      <Failed what="this screen" error={error as Error} retry={reset} />
    </Screen>
  ),
});
