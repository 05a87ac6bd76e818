import type { UseQueryResult } from "@tanstack/react-query";
import type { ComponentProps, ReactNode } from "react";
import { Screen } from "./screen.tsx";
import { Failed, Loading } from "./states.tsx";

interface RecordScreenProps<T> extends Omit<ComponentProps<typeof Screen>, "children"> {
  /** What could not be shown, as in "the agent". */
  what: string;
  found: UseQueryResult<T, Error>;
  children: (record: T) => ReactNode;
}

/** The screen of one record, while it is fetched and when it cannot be. */
export function RecordScreen<T>({ what, found, children, ...screen }: RecordScreenProps<T>) {
  const { data, error, refetch } = found;
  return (
    <Screen {...screen}>
      {error && <Failed what={what} error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Loading />}
      {data !== undefined && children(data)}
    </Screen>
  );
}
