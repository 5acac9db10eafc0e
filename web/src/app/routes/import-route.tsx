import { getRouteApi } from "@tanstack/react-router";
import { ImportPage } from "../../features/dataset-import/import-page";

const route = getRouteApi("/datasets/import");

export function ImportRoute() {
  return <ImportPage search={route.useSearch()} />;
}
