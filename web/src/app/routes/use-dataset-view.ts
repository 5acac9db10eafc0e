import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useDataset } from "../../api/get-dataset";
import {
  type ChangeSearch,
  type DatasetView,
  patchSearch,
  readDatasetSearch,
} from "../../lib/dataset-search";

const route = getRouteApi("/datasets/$datasetId");

/** The dataset of the address and the version it asks for; null where the page around it says why there is none. */
export function useDatasetView(): DatasetView | null {
  const { datasetId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const { data: dataset } = useDataset(datasetId);
  const onChange: ChangeSearch = useCallback(
    (patch, push = false) =>
      navigate({
        to: ".",
        search: (old) => patchSearch(readDatasetSearch(old), patch),
        replace: !push,
        resetScroll: false,
      }),
    [navigate],
  );
  const wanted = search.snapshot ?? dataset?.latest?.hash;
  const snapshot = dataset?.snapshots.find((one) => one.hash === wanted);
  return dataset && snapshot ? { dataset, snapshot, search, onChange } : null;
}
