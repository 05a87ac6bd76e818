import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/client.ts";

/** Data changes when its reader asks for it: a page that fetches by itself on focus moves under the eyes. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.isTemporary,
    },
  },
});
