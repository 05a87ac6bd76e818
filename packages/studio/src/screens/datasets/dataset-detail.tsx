import { Badge, Button, Tabs } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { curlOf } from "../../api/client.ts";
import { datasetPath, getDataset } from "../../api/datasets.ts";
import { CopyCurl } from "../../components/copy-text.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Screen } from "../../components/screen.tsx";
import { Failed, Loading } from "../../components/states.tsx";
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
  const { data, error, refetch } = useQuery({
    queryKey: ["dataset", datasetId],
    queryFn: ({ signal }) => getDataset(datasetId, signal),
  });
  const address = `/datasets/${encodeURIComponent(datasetId)}`;
  return (
    <Screen
      title={data?.name ?? datasetId}
      parents={[{ label: "Datasets", to: "/datasets" }]}
      actions={
        <>
          {data && <Badge variant="default">version {data.version}</Badge>}
          <Button
            size="xs"
            variant="default"
            leftSection={<IconUpload size={14} />}
            onClick={() => history.push(`${address}/import`)}
          >
            Import items
          </Button>
          <CopyCurl curl={curlOf(datasetPath(datasetId))} />
        </>
      }
    >
      {error && <Failed what="the dataset" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && (
        <Tabs
          className="fill"
          display="flex"
          style={{ flexDirection: "column" }}
          value={tab}
          onChange={(next) => void navigate({ search: { v, q, tab: (next ?? "items") as typeof tab }, replace: true })}
          keepMounted={false}
        >
          <Tabs.List>
            <Tabs.Tab value="items">Items</Tabs.Tab>
            <Tabs.Tab value="versions">Versions</Tabs.Tab>
            <Tabs.Tab value="experiments">Experiments</Tabs.Tab>
            <Tabs.Tab value="record">Schema and record</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="items" pt="md" className="tab-table">
            <ItemTable
              dataset={data}
              version={v}
              search={q}
              onFilter={(next) => void navigate({ search: { tab, ...next }, replace: true })}
            />
          </Tabs.Panel>
          <Tabs.Panel value="versions" pt="md" className="tab-table">
            <VersionTable dataset={data} />
          </Tabs.Panel>
          <Tabs.Panel value="experiments" pt="md" className="tab-table">
            <ExperimentTable datasetId={datasetId} />
          </Tabs.Panel>
          <Tabs.Panel value="record" pt="md" style={{ overflow: "auto" }}>
            <JsonView value={data} label="Dataset" />
          </Tabs.Panel>
        </Tabs>
      )}
    </Screen>
  );
}
