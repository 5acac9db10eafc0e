import { TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "../lib/i18n-queue";
import { NOTE_BELOW } from "./note-below";

interface Props {
  value: string;
  onChange: (value: string) => void;
  error?: ReactNode;
  /** Stands for the hint where it is given. */
  note?: ReactNode;
}

/** How often a job that was lost goes on by itself. */
export function RestartsField({ value, onChange, error, note }: Props) {
  return (
    <TextInput
      label={t("restarts.label")}
      description={note ?? t("restarts.hint")}
      {...NOTE_BELOW}
      inputMode="numeric"
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-testid="job-restarts"
    />
  );
}
