import { TextInput } from "@mantine/core";
import { Card } from "../../components/card";
import { LauncherField } from "../../components/launcher-field";
import { NOTE_BELOW } from "../../components/note-below";
import { PrimaryFields } from "../../components/primary-fields";
import { ResourceFields } from "../../components/resource-fields";
import { RestartsField } from "../../components/restarts-field";
import { t } from "../../lib/i18n-jobs";
import { useWas } from "./field-note";
import classes from "./new-job.module.css";
import type { NewJob } from "./use-new-job";

interface Props {
  form: NewJob;
  errors: Partial<Record<string, string>>;
}

/** How long, where, and by which number it is judged. */
export function RunCard({ form, errors }: Props) {
  const { draft, change, launchers, offer } = form;
  const was = useWas(form);
  const resources = (
    <ResourceFields
      fields={draft}
      offer={offer}
      errors={errors.resources && !errors.gpus ? { ...errors, gpus: errors.resources } : errors}
      onChange={change}
      noteOf={was}
    />
  );
  return (
    <Card title={t("form.run")}>
      <div className={classes.form}>
        <div className={classes.fields}>
          <TextInput
            label={t("spec.epochs")}
            description={was("epochs")}
            {...NOTE_BELOW}
            inputMode="numeric"
            value={draft.epochs}
            error={errors.epochs}
            onChange={(event) => change({ epochs: event.currentTarget.value })}
            data-testid="job-epochs"
          />
          <LauncherField
            launchers={launchers}
            value={draft.launcher}
            error={errors.launcher}
            note={was("launcher")}
            more={[{ value: "external", label: t("form.launcher.external") }]}
            onChange={(launcher) => change({ launcher })}
            testId="job-launcher"
          />
          {offer.cluster ? (
            <RestartsField
              value={draft.restarts}
              error={errors.restarts}
              note={was("restarts")}
              onChange={(restarts) => change({ restarts })}
            />
          ) : null}
          {offer.cluster ? null : resources}
        </div>
        {offer.cluster ? <div className={`${classes.fields} ${classes.resources}`}>{resources}</div> : null}
        <div className={classes.fields}>
          <PrimaryFields
            task={draft.task}
            fields={draft}
            error={errors.primary_metric}
            note={was("primary")}
            onChange={(patch) => change("primary" in patch ? { ...patch, source: "" } : patch)}
          />
        </div>
        {draft.launcher === "external" ? <p className={classes.muted}>{t("form.externalHint")}</p> : null}
      </div>
    </Card>
  );
}
