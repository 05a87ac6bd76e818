import { Alert, Button, Group, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useList } from "../../api/list.ts";
import { cloneThread, deleteMessages, getThread, type Message, messagesOf, messagesPath } from "../../api/memory.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { askForDataset } from "../../components/ask-for-dataset.tsx";
import { confirm, report } from "../../components/confirm.tsx";
import { CopyCurl } from "../../components/copy-text.tsx";
import { Screen } from "../../components/screen.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { itemOf } from "./dataset-item.ts";
import { MessageList } from "./message-list.tsx";
import { ThreadMenu } from "./thread-menu.tsx";
import { ThreadPanel } from "./thread-panel.tsx";

const route = getRouteApi("/threads/$threadId");
const newestFirst = { field: "createdAt", direction: "DESC" };
const liveMs = 3000;

/** One conversation: its messages, and beside them what is known around it. */
export function ThreadDetail() {
  const { threadId } = route.useParams();
  const { m: target, panel, branch: other } = route.useSearch();
  const navigate = route.useNavigate();
  const isReadOnly = useReadOnly();
  const [isLive, setLive] = useState(false);
  const thread = useQuery({ queryKey: ["thread", threadId], queryFn: ({ signal }) => getThread(threadId, signal) });
  const list = useList({
    path: messagesPath(threadId),
    query: { orderBy: newestFirst },
    rowsOf: messagesOf,
    perPage: 200,
    refreshMs: isLive ? liveMs : undefined,
  });
  const title = thread.data?.title || threadId;

  const askToDelete = (from: Message) => {
    const ids = list.rows.slice(0, list.rows.indexOf(from) + 1).map(({ id }) => id);
    const count = `${ids.length} ${ids.length === 1 ? "message" : "messages"}`;
    confirm({
      title: `Delete ${count}?`,
      text: `This removes ${count} of “${title}”, from this one to the newest. It cannot be undone.`,
      verb: `Delete ${count}`,
      typed: `delete ${ids.length}`,
      run: () => deleteMessages(ids),
      done: `${count} deleted`,
      after: list.reload,
    });
  };

  const branch = async (from: Message) => {
    const copy = cloneThread(threadId, from.createdAt);
    if (!(await report(copy, "The thread was branched"))) return;
    void navigate({ to: "/threads/$threadId", params: { threadId: (await copy).thread.id } });
  };

  return (
    <Screen
      title={title}
      parents={[{ label: "Threads", to: "/threads" }]}
      actions={
        <>
          <Switch
            size="xs"
            label="Live"
            checked={isLive}
            onChange={({ currentTarget }) => setLive(currentTarget.checked)}
          />
          <Button
            variant="default"
            size="xs"
            aria-expanded={panel !== undefined}
            onClick={() => void navigate({ search: { m: target, panel: panel ? undefined : "memory" }, replace: true })}
          >
            About this thread
          </Button>
          {thread.data && !isReadOnly && <ThreadMenu thread={thread.data} />}
          <CopyCurl curl={list.curl} />
        </>
      }
    >
      {thread.error ? (
        <Failed what={`thread ${threadId}`} error={thread.error} retry={() => void thread.refetch()} />
      ) : (
        <Group align="stretch" wrap="nowrap" className="fill">
          {list.error && <Failed what="the messages" error={list.error} retry={list.reload} />}
          {list.isPending && !list.error && <Loading rows={5} height={96} />}
          {!list.isPending && !list.error && list.rows.length === 0 && <Empty title="No messages in this thread yet" />}
          {list.rows.length > 0 && (
            <MessageList
              key={threadId}
              list={list}
              target={target}
              onBranch={(from) => void branch(from)}
              onDelete={askToDelete}
              onAdd={(message, question) => askForDataset(itemOf(message, question))}
            />
          )}
          {panel && thread.data && <ThreadPanel thread={thread.data} panel={panel} target={target} branch={other} />}
        </Group>
      )}
      {target && !list.isPending && !list.hasMore && !list.rows.some(({ id }) => id === target) && (
        <Alert variant="default" title="The message of this link is not here">
          Message {target} is not in this thread. It may have been deleted.
        </Alert>
      )}
    </Screen>
  );
}
