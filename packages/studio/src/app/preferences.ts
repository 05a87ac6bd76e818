import { useLocalStorage } from "@mantine/hooks";

export interface Preferences {
  zone: "local" | "UTC";
  density: "comfortable" | "compact";
}

const initial: Preferences = { zone: "local", density: "comfortable" };

/** How things are shown, kept in this browser. */
export function useStoredPreferences() {
  return useLocalStorage<Preferences>({
    key: "stowage.preferences",
    defaultValue: initial,
    getInitialValueInEffect: false,
  });
}

export const usePreferences = (): Preferences => useStoredPreferences()[0];
