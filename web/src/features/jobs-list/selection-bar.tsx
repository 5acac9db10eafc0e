import { Button } from "@mantine/core";
import { useState } from "react";
import { canStop } from "../../api/job-states";
import { useStopJobs } from "../../api/stop-jobs";
import type { JobRow, Me } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { MOST_COMPARED } from "../../lib/compare-search";
import { t } from "../../lib/i18n-jobs";
import { mayIn } from "../../lib/permissions";
import classes from "./selection-bar.module.css";

interface Props {
  jobs: readonly JobRow[];
  me: Me;
  onClear: () => void;
}

/** What can be done with the jobs that are chosen. */
export function SelectionBar({ jobs, me, onClear }: Props) {
  const [asking, setAsking] = useState(false);
  const stop = useStopJobs();
  const running = jobs.filter((job) => canStop(job) && mayIn(me, "write", job.project_id));
  const many = jobs.length > MOST_COMPARED;
  const failed = stop.data ?? [];
  if (jobs.length === 0) return null;
  return (
    <section className={classes.bar} aria-live="polite" data-testid="selection">
      <strong>{t("list.chosen", { count: jobs.length })}</strong>
      {many || jobs.length < 2 ? null : (
        <ButtonLink
          size="xs"
          to="/compare"
          search={{ jobs: jobs.map((job) => job.id).join(",") }}
          data-testid="compare-jobs"
        >
          {t("list.compare")}
        </ButtonLink>
      )}
      {running.length > 0 ? (
        <Button size="xs" variant="default" onClick={() => setAsking(true)} data-testid="stop-jobs">
          {t("list.stop", { count: running.length })}
        </Button>
      ) : null}
      <Button size="xs" variant="subtle" onClick={onClear}>
        {t("list.unchoose")}
      </Button>
      <span className={classes.note}>
        {many
          ? t("list.compareMany", { most: MOST_COMPARED })
          : jobs.length < 2
            ? t("list.compareFew")
            : null}
      </span>
      {asking ? (
        <ConfirmDialog
          title={t("list.stopTitle", { count: running.length })}
          text={t("list.stopText", { count: running.length })}
          action={t("list.stop", { count: running.length })}
          pending={stop.isPending}
          error={
            failed.length > 0
              ? new Error(
                  failed
                    .map(({ id, error }) => t("list.stopFailed", { id: String(id), detail: error.message }))
                    .join("; "),
                )
              : null
          }
          onConfirm={() =>
            stop.mutate(
              running.map((job) => job.id),
              { onSuccess: (faults) => (faults.length === 0 ? setAsking(false) : undefined) },
            )
          }
          onClose={() => {
            stop.reset();
            setAsking(false);
          }}
        />
      ) : null}
    </section>
  );
}
