import type { ReactNode } from "react";
import { Notice } from "../../components/notice";
import { PageHead } from "../../components/page-head";
import { EmptyState, Loading } from "../../components/page-state";
import { obstaclesOf } from "../../lib/compare-results";
import {
  type ComparePatch,
  type CompareSearch,
  jobIdsOf,
  MOST_COMPARED,
  patchCompare,
  runIdsOf,
  withJobs,
} from "../../lib/compare-search";
import type { Training } from "../../lib/compared";
import { t } from "../../lib/i18n-runs";
import { useTitle } from "../../lib/use-title";
import { ClassesCard } from "./classes-card";
import classes from "./compare.module.css";
import { ImagesCard } from "./images-card";
import { JobPicker } from "./job-picker";
import { ParamsCard } from "./params-card";
import { ResultsCard } from "./results-card";
import { Unreadable } from "./unreadable";
import { useCompared } from "./use-compared";

interface Props {
  search: CompareSearch;
  onChange: (search: CompareSearch) => void;
  /** Their lines over one another. */
  charts: (trainings: readonly Training[]) => ReactNode;
}

/** Several jobs, and runs of MLflow, side by side. */
export function ComparePage({ search, onChange, charts }: Props) {
  useTitle(t("comparing.title"));
  const asked = { jobs: jobIdsOf(search), runs: runIdsOf(search) };
  const count = asked.jobs.length + asked.runs.length;
  const shown = { jobs: asked.jobs.slice(0, MOST_COMPARED), runs: [] as string[] };
  shown.runs = asked.runs.slice(0, MOST_COMPARED - shown.jobs.length);
  const found = useCompared(shown.jobs, shown.runs);
  const { trainings, jobs, results } = found;
  const base = jobs.find((job) => job.id === search.base) ?? jobs[0];
  const obstacles = obstaclesOf(jobs);
  const change = (patch: ComparePatch) => onChange(patchCompare(search, patch));
  const remove = ({ job, run }: Training) =>
    onChange(
      job
        ? withJobs(
            search,
            asked.jobs.filter((id) => id !== job.id),
          )
        : patchCompare(search, { runs: asked.runs.filter((id) => id !== run?.id).join(",") }),
    );
  return (
    <>
      <PageHead
        title={t("comparing.title")}
        note={count > 0 ? t("comparing.count", { count: trainings.length }) : null}
        actions={
          <JobPicker
            chosen={asked.jobs}
            count={count}
            onAdd={(id) => onChange(withJobs(search, [...asked.jobs, id]))}
          />
        }
        text={t("comparing.text")}
      />
      {count > MOST_COMPARED ? (
        <Notice tone="warn" title={t("comparing.tooMany", { most: MOST_COMPARED })} testId="too-many">
          {t("comparing.tooManyText", { count, most: MOST_COMPARED })}
        </Notice>
      ) : null}
      <Unreadable failures={found.failures} />
      {obstacles.map((obstacle) => (
        <Notice key={obstacle} tone="warn" testId={`obstacle-${obstacle}`}>
          {t(`comparing.obstacle.${obstacle}`)}
        </Notice>
      ))}
      {trainings.length === 0 ? (
        found.isPending ? (
          <Loading rows={6} />
        ) : (
          <EmptyState title={t("comparing.none")} text={t("comparing.noneText", { most: MOST_COMPARED })} />
        )
      ) : (
        <div className={classes.parts}>
          <ResultsCard
            trainings={trainings}
            base={base}
            comparable={!obstacles.includes("metric")}
            onBase={(job) => change({ base: job.id, baseEpoch: undefined })}
            onRemove={remove}
          />
          <ParamsCard
            trainings={trainings}
            showSame={search.same === true}
            onShowSame={(same) => change({ same: same || undefined })}
          />
          <section aria-label={t("comparing.charts")}>{charts(trainings)}</section>
          {jobs.length > 0 ? (
            <ClassesCard results={results} baseline={results.findIndex(({ job }) => job === base)} />
          ) : null}
          {base ? <ImagesCard jobs={jobs} base={base} search={search} onChange={change} /> : null}
        </div>
      )}
    </>
  );
}
