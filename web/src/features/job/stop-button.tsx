import { Button, Group, Modal, Text } from "@mantine/core";
import { useState } from "react";
import { canStop } from "../../api/job-states";
import { useStopJob } from "../../api/stop-job";
import type { Job } from "../../api/types";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n";

export function StopButton({ job }: { job: Job }) {
  const [asking, setAsking] = useState(false);
  const stop = useStopJob(job.id);
  const confirm = () => stop.mutate(undefined, { onSuccess: () => setAsking(false) });
  if (!canStop(job)) return null;
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
        {t("job.stop")}
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={t("job.stopTitle")} centered>
        <Text c="dimmed">{t(job.state === "queued" ? "job.stopQueued" : "job.stopText")}</Text>
        {stop.isError ? (
          <Text c="red" mt="xs" role="alert">
            {t("job.stopFailed", { detail: stop.error.message || t("error.unreachable") })}
          </Text>
        ) : null}
        <Group justify="flex-end" mt="md">
          <Button variant="default" size="xs" onClick={() => setAsking(false)}>
            {t("job.keepRunning")}
          </Button>
          <Button color="red" size="xs" loading={stop.isPending} onClick={confirm} data-testid="confirm-stop">
            {t("job.stopConfirm")}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
