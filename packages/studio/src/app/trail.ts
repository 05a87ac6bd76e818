import { useRouter, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { isTyping } from "./typing.ts";

let trail: string[] = [];

/** The addresses of a list's rows, from which a record was opened: `[` and `]` go along them. */
export function rememberTrail(addresses: string[]): void {
  trail = addresses;
}

/** For the shell, as a screen may still be loading when the key comes. */
export function useTrailKeys(): void {
  const { history } = useRouter();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const step = event.key === "]" ? 1 : event.key === "[" ? -1 : 0;
      if (step === 0 || isTyping(event.target)) return;
      const at = trail.findIndex((address) => address.split("?")[0] === path);
      const next = at >= 0 ? trail[at + step] : undefined;
      if (next) history.push(next);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [history, path]);
}
