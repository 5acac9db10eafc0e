import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { stopChoices } from "../../api/job-states";
import { useStopJob } from "../../api/stop-job";
import type { Job } from "../../api/types";
import { Dialog } from "../../components/dialog";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n";
import { useMay } from "../../lib/use-may";

export function StopButton({ job }: { job: Job }) {
  const [asking, setAsking] = useState(false);
  const stop = useStopJob(job.id);
  const choices = stopChoices(job);
  const mayWrite = useMay("write", job.project_id);
  if (choices.length === 0 || !mayWrite) return null;
  const stopping = job.stop_requested;
  const confirm = (now: boolean) => stop.mutate(now, { onSuccess: () => setAsking(false) });
  const text = stopping ? "job.stopNowText" : job.state === "queued" ? "job.stopQueued" : "job.stopText";
  return (
    <>
      <Button
        variant="default"
        size="xs"
        flex="none"
        leftSection={<Icon name="stop" size={14} />}
        onClick={() => setAsking(true)}
        data-testid="stop-job"
      >
        {t(stopping ? "job.stopNow" : "job.stop")}
      </Button>
      <Dialog opened={asking} onClose={() => setAsking(false)} title={t("job.stopTitle")} size={480} centered>
        <Text c="dimmed">{t(text)}</Text>
        {stop.isError ? (
          <Text c="red" mt="xs" role="alert">
            {t("job.stopFailed", { detail: stop.error.message || t("error.unreachable") })}
          </Text>
        ) : null}
        <Group justify="flex-end" gap="xs" mt="md">
          <Button variant="default" size="xs" onClick={() => setAsking(false)}>
            {t("job.keepRunning")}
          </Button>
          {choices.includes("now") ? (
            <Button
              variant="outline"
              color="red"
              size="xs"
              loading={stop.isPending && stop.variables}
              onClick={() => confirm(true)}
              data-testid="confirm-stop-now"
            >
              {t("job.stopNow")}
            </Button>
          ) : null}
          {choices.includes("epoch") ? (
            <Button
              color="red"
              size="xs"
              loading={stop.isPending && !stop.variables}
              onClick={() => confirm(false)}
              data-testid="confirm-stop"
            >
              {t(job.state === "queued" ? "job.stopConfirm" : "job.stopAfterEpoch")}
            </Button>
          ) : null}
        </Group>
      </Dialog>
    </>
  );
}
