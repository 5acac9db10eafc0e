import { Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useListTrainers } from "../../api/list-trainers";
import { type Resume, useResumeJob } from "../../api/resume-job";
import type { Job, Launcher } from "../../api/types";
import { Dialog } from "../../components/dialog";
import { DialogActions } from "../../components/dialog-actions";
import { LauncherField } from "../../components/launcher-field";
import { ResourceFields } from "../../components/resource-fields";
import { t } from "../../lib/i18n-queue";
import { fieldsOf, offerOf, resourceFaults, resourcesOf, sameResources } from "../../lib/resources";
import classes from "./resume-dialog.module.css";

interface Props {
  job: Job;
  launchers: readonly Launcher[];
  onClose: () => void;
}

/** Where the job goes on, and with what; what isn't changed isn't sent. */
export default function ResumeDialog({ job, launchers, onClose }: Props) {
  const known = launchers.some((one) => one.name === job.launcher);
  const [launcher, setLauncher] = useState(known ? job.launcher : (launchers[0]?.name ?? job.launcher));
  const [fields, setFields] = useState(() => fieldsOf(job.resources));
  const resume = useResumeJob(job.id);
  const trainers = useListTrainers();
  const trainer = trainers.data?.items.find((one) => one.name === job.trainer);
  const offer = offerOf(launchers, launcher, trainer);
  const faults = resourceFaults(fields, offer);
  const wrong = Object.keys(faults).length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong && !resume.isPending)
      resume.mutate(changesOf(job, launcher, resourcesOf(fields, offer)), { onSuccess: onClose });
  };
  return (
    <Dialog opened onClose={onClose} title={t("resume.title", { id: String(job.id) })} size={560} centered>
      <form onSubmit={submit} className={classes.form} noValidate>
        <Text c="dimmed" size="sm">
          {t("resume.text")}
        </Text>
        <LauncherField
          launchers={launchers}
          value={launcher}
          onChange={setLauncher}
          testId="resume-launcher"
        />
        <div className={classes.fields}>
          <ResourceFields
            fields={fields}
            offer={offer}
            errors={faults}
            onChange={(patch) => setFields((old) => ({ ...old, ...patch }))}
          />
        </div>
        {resume.isError ? (
          <Text c="red" size="sm" role="alert">
            {t("job.resumeFailed", { detail: resume.error.message || t("error.unreachable") })}
          </Text>
        ) : null}
        <DialogActions
          label={t("resume.run")}
          disabled={wrong}
          busy={resume.isPending}
          onClose={onClose}
          testId="confirm-resume"
        />
      </form>
    </Dialog>
  );
}

const EVERYTHING = { cluster: true, nodes: true };

/** What is given is all that the job has then, so all of it is sent when something of it is different. */
function changesOf(job: Job, launcher: string, resources: ReturnType<typeof resourcesOf>): Resume {
  const before = resourcesOf(fieldsOf(job.resources), EVERYTHING);
  return {
    ...(launcher === job.launcher ? {} : { launcher }),
    ...(sameResources(before, resources) ? {} : { resources }),
  };
}
