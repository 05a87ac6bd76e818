import { Kbd, Modal, Table } from "@mantine/core";
import { spotlight } from "@mantine/spotlight";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { navigation } from "./navigation.ts";
import { isTyping } from "./typing.ts";

const general = [
  ["Ctrl K", "find a screen, or what an id names"],
  ["j k", "next and previous row"],
  ["Enter", "open the row"],
  ["[ ]", "previous and next record"],
  ["/", "filter"],
  ["Esc", "close"],
  ["?", "this list"],
] as const;

interface KeysProps {
  opened: boolean;
  onToggle: () => void;
  onClose: () => void;
}

/** Keys that every screen has, and the list of all keys. */
export function Keys({ opened, onToggle, onClose }: KeysProps) {
  const { history } = useRouter();
  const afterG = useRef(0);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const screen = navigation.find(({ letter }) => letter === event.key);
      if (event.timeStamp - afterG.current < 1500 && screen) {
        afterG.current = 0;
        history.push(screen.to);
      } else if (event.key === "g") afterG.current = event.timeStamp;
      else if (event.key === "?") onToggle();
      else if (event.key === "/") {
        const filter = document.querySelector<HTMLElement>("[data-filter] input, [data-filter] button");
        if (filter) filter.focus();
        else spotlight.open();
        event.preventDefault();
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [history, onToggle]);

  const screens = navigation.map(({ letter, label }) => [`g ${letter}`, label] as const);
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" closeButtonProps={{ "aria-label": "Close" }}>
      <Table>
        <Table.Tbody>
          {[...general, ...screens].map(([keys, what]) => (
            <Table.Tr key={keys}>
              <Table.Td>
                {keys.split(" ").map((key) => (
                  <Kbd key={key} mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
