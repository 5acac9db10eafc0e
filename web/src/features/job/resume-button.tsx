import { Button, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { canResume } from "../../api/job-states";
import { useLaunchers } from "../../api/list-launchers";
import { useResumeJob } from "../../api/resume-job";
import type { Job, Launcher } from "../../api/types";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n";
import { useMay } from "../../lib/use-may";

const ResumeDialog = lazy(() => import("./resume-dialog"));

export function ResumeButton({ job }: { job: Job }) {
  const resume = useResumeJob(job.id);
  const mayWrite = useMay("write", job.project_id);
  const mayRunCode = useMay("run_code", job.project_id);
  const launchers = useLaunchers(canResume(job) && mayWrite);
  const [choosing, setChoosing] = useState(false);
  if (!canResume(job) || !mayWrite) return null;
  const lacksRunCode = job.runs_code && !mayRunCode;
  return (
    <>
      {lacksRunCode ? (
        <Text c="dimmed" size="xs" maw={280} data-testid="needs-run-code">
          {t("job.resumeRunCode")}
        </Text>
      ) : null}
      {resume.isError ? (
        <Text c="red" size="sm" role="alert">
          {t("job.resumeFailed", { detail: resume.error.message || t("error.unreachable") })}
        </Text>
      ) : null}
      <Button
        variant="default"
        size="xs"
        flex="none"
        leftSection={<Icon name="play" size={14} />}
        title={t(lacksRunCode ? "job.resumeRunCode" : "job.resumeTitle")}
        disabled={lacksRunCode}
        loading={resume.isPending}
        onClick={() => resume.mutate({})}
        data-testid="resume-job"
      >
        {t("job.resume")}
      </Button>
      {launchers.data && isChoice(job, launchers.data.items) ? (
        <Button
          variant="default"
          size="xs"
          flex="none"
          aria-haspopup="dialog"
          disabled={lacksRunCode}
          onClick={() => setChoosing(true)}
          data-testid="resume-elsewhere"
        >
          {t("job.resumeElsewhere")}
        </Button>
      ) : null}
      {choosing && launchers.data ? (
        <Suspense fallback={null}>
          <ResumeDialog job={job} launchers={launchers.data.items} onClose={() => setChoosing(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

/** Whether there is anywhere else to go, or anything else to be given there. */
function isChoice(job: Job, launchers: readonly Launcher[]): boolean {
  const own = launchers.find((one) => one.name === job.launcher);
  return launchers.length > 1 || own === undefined || own.cluster;
}
