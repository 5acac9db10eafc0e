import { getRouteApi } from "@tanstack/react-router";
import { ImportProgressPage } from "../../features/dataset-import/import-progress-page";
import { NotFound } from "../fallbacks";

const route = getRouteApi("/datasets/imports/$importId");

export function ImportProgressRoute() {
  const { importId } = route.useParams();
  return Number.isInteger(importId) ? (
    <ImportProgressPage key={importId} importId={importId} />
  ) : (
    <NotFound />
  );
}
