import { NativeSelect, TextInput } from "@mantine/core";
import { type ReactNode, useId } from "react";
import type { Task } from "../api/types";
import { t } from "../lib/i18n-jobs";
import { type PrimaryFields as Fields, primariesOf } from "../lib/primary-metrics";
import { NOTE_BELOW } from "./note-below";

interface Props {
  task: Task;
  fields: Fields;
  onChange: (patch: Partial<Fields>) => void;
  error?: ReactNode;
  note?: ReactNode;
}

/** The metric that decides what is best, and, once one is named, which of its values are better. */
export function PrimaryFields({ task, fields, onChange, error, note }: Props) {
  const id = useId();
  const metrics = primariesOf(task);
  return (
    <>
      <TextInput
        label={t("spec.primary")}
        description={note}
        {...NOTE_BELOW}
        placeholder={t("form.primaryUsual", { name: metrics[0] ?? "" })}
        value={fields.primary}
        error={error}
        list={id}
        maxLength={300}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange({ primary: event.currentTarget.value })}
        data-testid="job-primary"
      />
      <datalist id={id}>
        {metrics.map((metric) => (
          <option key={metric} value={metric} />
        ))}
      </datalist>
      {fields.primary.trim() ? (
        <NativeSelect
          label={t("form.direction")}
          value={fields.direction}
          onChange={(event) => {
            const { value } = event.currentTarget;
            onChange({ direction: value === "max" || value === "min" ? value : "" });
          }}
          data={[
            { value: "", label: t("form.directionByName") },
            { value: "max", label: t("metric.max") },
            { value: "min", label: t("metric.min") },
          ]}
          data-testid="job-direction"
        />
      ) : null}
    </>
  );
}
