import type { Score } from "../../api/scores.ts";
import type { Column } from "../../components/column.ts";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";

const at = encodeURIComponent;
export const scoreHref = ({ id }: Score) => `/scores/${at(id)}`;

export const scoreColumns: Column<Score>[] = [
  {
    id: "score",
    label: "Score",
    width: 100,
    isNumber: true,
    text: ({ score }) => score,
    cell: (score) => <TextLink href={scoreHref(score)}>{Number(score.score.toPrecision(4))}</TextLink>,
  },
  {
    id: "scorer",
    label: "Scorer",
    width: 180,
    text: ({ scorerId }) => scorerId,
    cell: ({ scorerId, kind }) => <TextLink href={`/scorers/${at(scorerId)}?kind=${kind}`}>{scorerId}</TextLink>,
  },
  { id: "entity", label: "Entity", text: ({ entity }) => entity },
  { id: "at", label: "When", width: 220, text: ({ at }) => at, cell: ({ at }) => <Time value={at} /> },
  { id: "reason", label: "Reason", width: 320, text: ({ reason }) => reason },
  {
    id: "trace",
    label: "Trace",
    width: 200,
    text: ({ traceId }) => traceId,
    cell: ({ traceId, spanId }) =>
      traceId ? (
        <TextLink href={`/traces/${at(traceId)}${spanId ? `?span=${at(spanId)}` : ""}`}>{traceId}</TextLink>
      ) : (
        "–"
      ),
  },
  { id: "run", label: "Run", width: 200, text: ({ runId }) => runId, isHidden: true },
  { id: "id", label: "Id", width: 240, text: ({ id }) => id, isHidden: true },
];
