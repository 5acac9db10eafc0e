import { Button, Text } from "@mantine/core";
import { canResume } from "../../api/job-states";
import { useResumeJob } from "../../api/resume-job";
import type { Job } from "../../api/types";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n";
import { useMay } from "../../lib/use-may";

export function ResumeButton({ job }: { job: Job }) {
  const resume = useResumeJob(job.id);
  const mayWrite = useMay("write", job.project_id);
  const mayRunCode = useMay("run_code", job.project_id);
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
        onClick={() => resume.mutate()}
        data-testid="resume-job"
      >
        {t("job.resume")}
      </Button>
    </>
  );
}
