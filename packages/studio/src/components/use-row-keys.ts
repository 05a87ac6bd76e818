import { useEffect, useRef, useState } from "react";
import { isTyping } from "../app/typing.ts";

interface RowKeys {
  count: number;
  show: (index: number) => void;
  open: (index: number) => void;
}

/** `j` and `k` go through the rows, `Enter` opens one. Gives the row they are at, -1 before the first key. */
export function useRowKeys(keys: RowKeys): number {
  const [active, setActive] = useState(-1);
  const latest = useRef({ ...keys, active });
  latest.current = { ...keys, active };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const { count, active, show, open } = latest.current;
      if (event.key === "Enter") {
        const isOnControl = (event.target as HTMLElement).closest("a, button") !== null;
        if (active >= 0 && !isOnControl) open(active);
        return;
      }
      const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
      if (step === 0 || count === 0) return;
      const next = Math.min(Math.max(active + step, 0), count - 1);
      setActive(next);
      show(next);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
  return Math.min(active, keys.count - 1);
}
