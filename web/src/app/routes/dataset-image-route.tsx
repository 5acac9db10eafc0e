import { getRouteApi } from "@tanstack/react-router";
import { DatasetImagePage } from "../../features/dataset-image/dataset-image-page";
import { NotFound } from "../fallbacks";
import { useDatasetView } from "./use-dataset-view";

const route = getRouteApi("/datasets/$datasetId/images/$imageId");

export function DatasetImageRoute() {
  const { imageId } = route.useParams();
  const view = useDatasetView();
  if (!view) return null;
  return Number.isInteger(imageId) && imageId >= 0 ? (
    <DatasetImagePage
      dataset={view.dataset}
      snapshot={view.snapshot}
      search={view.search}
      imageId={imageId}
    />
  ) : (
    <NotFound />
  );
}
