import { useDataset } from "../../api/get-dataset";
import { Card } from "../../components/card";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { ProblemList } from "../../components/problem-list";
import { t } from "../../lib/i18n-datasets";
import { useTitle } from "../../lib/use-title";
import classes from "./dataset.module.css";

export function DatasetPage({ datasetId }: { datasetId: number }) {
  const query = useDataset(datasetId);
  useTitle(query.data?.name ?? t("datasets.title"));
  if (query.isPending) return <Loading rows={4} height={90} />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  const { latest, name } = query.data;
  return (
    <>
      <div className={classes.head}>
        <h1 className={classes.title}>{name}</h1>
      </div>
      {latest ? (
        <Card title={t("problems.title")} flush>
          <ProblemList problems={latest.warnings} />
        </Card>
      ) : (
        <EmptyState title={t("datasets.empty")} />
      )}
    </>
  );
}
