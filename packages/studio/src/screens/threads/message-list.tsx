import { Box, Button, Divider, Progress } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef } from "react";
import type { List } from "../../api/list.ts";
import type { Message } from "../../api/memory.ts";
import { MessageCard } from "./message-card.tsx";

interface MessageListProps {
  /** Newest first, as it is fetched. */
  list: List<Message>;
  /** The message to show. */
  target: string | undefined;
  onBranch: (message: Message) => void;
  onDelete: (message: Message) => void;
  /** With the last message of the user before it. */
  onAdd: (message: Message, question: Message | undefined) => void;
}

/** A conversation, its newest message at the bottom; older ones come when scrolled to. */
export function MessageList({ list, target, onBranch, onDelete, onAdd }: MessageListProps) {
  const messages = list.rows.toReversed();
  const frame = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const anchor = useRef<{ newest: string; oldest: string; target?: string } | undefined>(undefined);
  const virtual = useVirtualizer({
    count: messages.length,
    getScrollElement: () => frame.current,
    estimateSize: () => 120,
    getItemKey: (index) => messages[index]?.id ?? index,
    overscan: 6,
    gap: 10,
  });
  const [newest, oldest] = [messages.at(-1)?.id, messages[0]?.id];

  // The reader stays where they were: at the end when there, else at the message that was the first.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another set of messages, or another target, moves it.
  useLayoutEffect(() => {
    if (!newest || !oldest) return;
    const last = anchor.current;
    const targetAt = target && last?.target !== target ? messages.findIndex(({ id }) => id === target) : -1;
    if (targetAt >= 0) virtual.scrollToIndex(targetAt, { align: "center" });
    else if (!last) virtual.scrollToIndex(messages.length - 1, { align: "end" });
    else if (last.oldest !== oldest) {
      virtual.scrollToIndex(
        messages.findIndex(({ id }) => id === last.oldest),
        { align: "start" },
      );
    } else if (last.newest !== newest && isAtEnd.current) virtual.scrollToIndex(messages.length - 1, { align: "end" });
    const reached = targetAt >= 0 ? target : last?.target;
    anchor.current = { newest, oldest, ...(reached && { target: reached }) };
  }, [newest, oldest, target]);

  const isSearching = target !== undefined && !messages.some(({ id }) => id === target);
  useEffect(() => {
    if (isSearching && list.hasMore && !list.isLoadingMore) list.loadMore();
  }, [isSearching, list]);

  return (
    <section
      ref={frame}
      className="fill"
      style={{ overflow: "auto" }}
      aria-label="Messages"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll what overflows.
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 80;
      }}
    >
      {list.isLoadingMore && <Progress value={100} animated size={2} aria-label="Loading older messages" />}
      {list.hasMore && (
        <Button variant="default" size="xs" mb="sm" onClick={list.loadMore} loading={list.isLoadingMore}>
          Older messages
        </Button>
      )}
      <Box h={virtual.getTotalSize()} pos="relative">
        {virtual.getVirtualItems().map(({ index, start, key }) => {
          const message = messages[index];
          if (!message) return null;
          const day = dayOf(message);
          const before = messages[index - 1];
          return (
            <Box
              key={key}
              data-index={index}
              ref={virtual.measureElement}
              pos="absolute"
              top={0}
              left={0}
              w="100%"
              style={{ transform: `translateY(${start}px)` }}
            >
              {(!before || dayOf(before) !== day) && <Divider label={day} mb="sm" />}
              <MessageCard
                message={message}
                isTarget={message.id === target}
                onBranch={() => onBranch(message)}
                onDelete={() => onDelete(message)}
                onAdd={() =>
                  onAdd(
                    message,
                    messages.slice(0, index).findLast(({ role }) => role === "user"),
                  )
                }
              />
            </Box>
          );
        })}
      </Box>
    </section>
  );
}

const dayOf = ({ createdAt }: Message) => new Date(createdAt).toLocaleDateString(undefined, { dateStyle: "full" });
