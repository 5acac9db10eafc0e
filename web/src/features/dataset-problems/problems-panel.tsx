import { Link } from "@tanstack/react-router";
import { useDatasetProblems } from "../../api/dataset-problems";
import { Card } from "../../components/card";
import { ChoiceRow } from "../../components/choice-row";
import { LoadMore } from "../../components/load-more";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { ProblemList } from "../../components/problem-list";
import type { DatasetView } from "../../lib/dataset-search";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import classes from "./problems.module.css";

/** What the import found wrong and kept, by code. */
export function ProblemsPanel({ dataset, snapshot, search, onChange }: DatasetView) {
  const code = search.problem === "any" ? undefined : search.problem;
  const query = useDatasetProblems(dataset.id, snapshot.hash, { code });
  if (!query.data) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={5} />
    );
  }
  const problems = query.data.pages.flatMap((page) => page.items);
  const codes = Object.entries(query.data.pages[0]?.codes ?? {}).sort(([, a], [, b]) => b - a);
  const all = codes.reduce((sum, [, count]) => sum + count, 0);
  const total = query.data.pages[0]?.total ?? 0;
  if (codes.length === 0) return <EmptyState title={t("problems.none")} text={t("problems.noneText")} />;
  const choices = [
    { value: undefined, label: `${t("problems.all")} (${formatCount(all)})` },
    ...codes.map(([value, count]) => ({ value, label: `${value} (${formatCount(count)})` })),
  ];
  return (
    <>
      <div className={classes.filters}>
        <ChoiceRow
          label={t("problems.code")}
          choices={choices}
          chosen={code}
          onChoose={(problem) => onChange({ problem })}
          testId="problem-code"
        />
      </div>
      <div className={classes.stale} data-stale={query.isPlaceholderData || undefined}>
        <Card title={code ?? t("problems.all")} note={t("problems.count", { count: total })} flush>
          <ProblemList
            problems={problems}
            hideCode={code !== undefined}
            extra={({ image_id: imageId }) =>
              imageId === null ? null : (
                <Link
                  to="/datasets/$datasetId/images/$imageId"
                  params={{ datasetId: dataset.id, imageId }}
                  search={search.snapshot === undefined ? {} : { snapshot: search.snapshot }}
                  className={classes.link}
                >
                  {t("problems.image")}
                </Link>
              )
            }
          />
          <LoadMore query={query} />
        </Card>
      </div>
    </>
  );
}
