import { Button, Group, Stack, TagsInput, Textarea } from "@mantine/core";
import { useState } from "react";
import { type Result, review, type Verdict } from "../../api/experiments.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { report } from "../../components/confirm.tsx";

interface VerdictFormProps {
  experimentId: string;
  result: Result;
  onSaved: () => void;
}

/** What a person says about a result. */
export function VerdictForm({ experimentId, result, onSaved }: VerdictFormProps) {
  const isReadOnly = useReadOnly();
  const [tags, setTags] = useState<string[]>(result.tags ?? []);
  const [comment, setComment] = useState(result.comment ?? "");
  const save = async (status: Verdict["status"]) => {
    const verdict = { status: status ?? null, tags, comment: comment || null };
    if (await report(review(experimentId, result.id, verdict), "The verdict was kept")) onSaved();
  };
  if (isReadOnly) return null;
  return (
    <Stack gap="xs">
      <TagsInput size="xs" label="Tags" value={tags} onChange={setTags} />
      <Textarea
        size="xs"
        label="Comment"
        autosize
        minRows={2}
        value={comment}
        onChange={({ currentTarget }) => setComment(currentTarget.value)}
      />
      <Group gap="xs">
        <Button size="xs" onClick={() => void save("reviewed")}>
          Reviewed
        </Button>
        <Button size="xs" variant="default" onClick={() => void save("needs-review")}>
          Needs review
        </Button>
        <Button size="xs" variant="default" onClick={() => void save("complete")}>
          Complete
        </Button>
      </Group>
    </Stack>
  );
}
