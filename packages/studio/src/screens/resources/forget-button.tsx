import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { countThreads, forgetResource } from "../../api/resources.ts";
import { confirm } from "../../components/confirm.tsx";

/** Removes what is kept about a resource: counts first, asks, and tells what was removed. */
export function ForgetButton({ resourceId }: { resourceId: string }) {
  const queries = useQueryClient();
  const ask = async () => {
    const total = await countThreads(resourceId).catch((error: Error) => error);
    if (total instanceof Error) {
      notifications.show({ color: "red", title: "The threads could not be counted", message: total.message });
      return;
    }
    const threads = `${total} ${total === 1 ? "thread" : "threads"}`;
    confirm({
      title: `Forget ${resourceId}?`,
      text: `This removes ${threads} of ${resourceId} with all their messages, and empties its working memory. Traces, runs and scores stay. It cannot be undone.`,
      verb: `Forget ${resourceId}`,
      typed: resourceId,
      run: () => forgetResource(resourceId),
      done: `${threads} of ${resourceId} removed, its working memory emptied`,
      after: () => void queries.invalidateQueries(),
    });
  };
  return (
    <Button variant="default" size="xs" leftSection={<IconTrash size={14} />} onClick={() => void ask()}>
      Forget
    </Button>
  );
}
