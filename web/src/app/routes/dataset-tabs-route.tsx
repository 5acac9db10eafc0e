import { Outlet } from "@tanstack/react-router";
import { DatasetHeader } from "../../features/dataset/dataset-header";
import { DatasetTabs } from "../../features/dataset/dataset-tabs";
import { useDatasetView } from "./use-dataset-view";

export function DatasetTabsRoute() {
  const view = useDatasetView();
  if (!view) return null;
  return (
    <>
      <DatasetHeader {...view} />
      <DatasetTabs datasetId={view.dataset.id} search={view.search} />
      <Outlet />
    </>
  );
}
