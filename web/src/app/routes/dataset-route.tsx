import { getRouteApi, Link, Outlet } from "@tanstack/react-router";
import { ApiError } from "../../api/client";
import { useDataset } from "../../api/get-dataset";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-datasets";
import { useTitle } from "../../lib/use-title";
import { Missing, NotFound } from "../fallbacks";
import { useDatasetView } from "./use-dataset-view";

const route = getRouteApi("/datasets/$datasetId");

/** What all pages of a dataset need: that it is there, and the version that is asked for. */
export function DatasetRoute() {
  const { datasetId } = route.useParams();
  return Number.isInteger(datasetId) && datasetId > 0 ? (
    <Known key={datasetId} datasetId={datasetId} />
  ) : (
    <NotFound />
  );
}

function Known({ datasetId }: { datasetId: number }) {
  const query = useDataset(datasetId);
  const view = useDatasetView();
  useTitle(query.data?.name ?? t("datasets.title"));
  if (!query.data) {
    if (query.error instanceof ApiError && query.error.status === 404) {
      return <Missing title={t("dataset.notFound", { id: String(datasetId) })} />;
    }
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={4} height={90} />
    );
  }
  if (!query.data.latest) return <EmptyState title={t("datasets.empty")} />;
  if (!view) {
    return (
      <EmptyState title={t("dataset.noVersion")} text={t("error.notFoundHint")}>
        <Link to="/datasets/$datasetId" params={{ datasetId }}>
          {t("dataset.toLatest")}
        </Link>
      </EmptyState>
    );
  }
  return <Outlet />;
}
