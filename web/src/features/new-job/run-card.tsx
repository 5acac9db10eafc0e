import { NativeSelect, TextInput } from "@mantine/core";
import { useId } from "react";
import { Card } from "../../components/card";
import { LauncherField } from "../../components/launcher-field";
import { NOTE_BELOW } from "../../components/note-below";
import { ResourceFields } from "../../components/resource-fields";
import { RestartsField } from "../../components/restarts-field";
import { t } from "../../lib/i18n-jobs";
import { primariesOf } from "./draft";
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
  const id = useId();
  const metrics = primariesOf(draft.task);
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
          <TextInput
            label={t("spec.primary")}
            description={was("primary")}
            {...NOTE_BELOW}
            placeholder={t("form.primaryUsual", { name: metrics[0] ?? "" })}
            value={draft.primary}
            error={errors.primary_metric}
            list={id}
            maxLength={300}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => change({ primary: event.currentTarget.value, source: "" })}
            data-testid="job-primary"
          />
          <datalist id={id}>
            {metrics.map((metric) => (
              <option key={metric} value={metric} />
            ))}
          </datalist>
          {draft.primary.trim() ? (
            <NativeSelect
              label={t("form.direction")}
              value={draft.direction}
              onChange={(event) => {
                const { value } = event.currentTarget;
                change({ direction: value === "max" || value === "min" ? value : "" });
              }}
              data={[
                { value: "", label: t("form.directionByName") },
                { value: "max", label: t("metric.max") },
                { value: "min", label: t("metric.min") },
              ]}
            />
          ) : null}
        </div>
        {draft.launcher === "external" ? <p className={classes.muted}>{t("form.externalHint")}</p> : null}
      </div>
    </Card>
  );
}
