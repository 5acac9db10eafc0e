import { getRouteApi } from "@tanstack/react-router";
import { DatasetPage } from "../../features/dataset/dataset-page";
import { NotFound } from "../fallbacks";

const route = getRouteApi("/datasets/$datasetId");

export function DatasetRoute() {
  const { datasetId } = route.useParams();
  return Number.isInteger(datasetId) ? <DatasetPage key={datasetId} datasetId={datasetId} /> : <NotFound />;
}
