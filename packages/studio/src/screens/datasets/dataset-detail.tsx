import { Badge, Button } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { curlOf } from "../../api/client.ts";
import { datasetPath, getDataset } from "../../api/datasets.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { CopyCurl } from "../../components/copy-text.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { RecordScreen } from "../../components/record-screen.tsx";
import { TabFrame } from "../../components/tab-frame.tsx";
import { ExperimentTable } from "../experiments/experiment-table.tsx";
import { ItemTable } from "./item-table.tsx";
import { VersionTable } from "./version-table.tsx";

const route = getRouteApi("/datasets/$datasetId");

/** One dataset: its items at a version, its versions, and the experiments over it. */
export function DatasetDetail() {
  const { datasetId } = route.useParams();
  const { tab, v, q } = route.useSearch();
  const navigate = route.useNavigate();
  const { history } = useRouter();
  const isReadOnly = useReadOnly();
  const found = useQuery({ queryKey: ["dataset", datasetId], queryFn: ({ signal }) => getDataset(datasetId, signal) });
  const address = `/datasets/${encodeURIComponent(datasetId)}`;
  return (
    <RecordScreen
      what="the dataset"
      found={found}
      title={found.data?.name ?? datasetId}
      parents={[{ label: "Datasets", to: "/datasets" }]}
      actions={
        <>
          {found.data && <Badge variant="default">version {found.data.version}</Badge>}
          {!isReadOnly && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconUpload size={14} />}
              onClick={() => history.push(`${address}/import`)}
            >
              Import items
            </Button>
          )}
          <CopyCurl curl={curlOf(datasetPath(datasetId))} />
        </>
      }
    >
      {(dataset) => (
        <TabFrame
          value={tab}
          onChange={(next) => void navigate({ search: { v, q, tab: next }, replace: true })}
          tabs={[
            {
              name: "items",
              label: "Items",
              layout: "table",
              content: (
                <ItemTable
                  dataset={dataset}
                  version={v}
                  search={q}
                  onFilter={(next) => void navigate({ search: { tab, ...next }, replace: true })}
                />
              ),
            },
            { name: "versions", label: "Versions", layout: "table", content: <VersionTable dataset={dataset} /> },
            {
              name: "experiments",
              label: "Experiments",
              layout: "table",
              content: <ExperimentTable datasetId={datasetId} />,
            },
            { name: "record", label: "Schema and record", content: <JsonView value={dataset} label="Dataset" /> },
          ]}
        />
      )}
    </RecordScreen>
  );
}
