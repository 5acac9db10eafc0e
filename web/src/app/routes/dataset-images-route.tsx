import { DatasetImagesPanel } from "../../features/dataset-images/dataset-images-panel";
import { useDatasetView } from "./use-dataset-view";

export function DatasetImagesRoute() {
  const view = useDatasetView();
  return view ? <DatasetImagesPanel {...view} /> : null;
}
