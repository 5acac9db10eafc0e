import { Button, Text } from "@mantine/core";
import { canResume } from "../../api/job-states";
import { useResumeJob } from "../../api/resume-job";
import type { Job } from "../../api/types";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n";

export function ResumeButton({ job }: { job: Job }) {
  const resume = useResumeJob(job.id);
  if (!canResume(job)) return null;
  return (
    <>
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
        title={t("job.resumeTitle")}
        loading={resume.isPending}
        onClick={() => resume.mutate()}
        data-testid="resume-job"
      >
        {t("job.resume")}
      </Button>
    </>
  );
}
