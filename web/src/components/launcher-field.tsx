import { NativeSelect } from "@mantine/core";
import type { ReactNode } from "react";
import type { Launcher } from "../api/types";
import { t as common } from "../lib/i18n";
import { t } from "../lib/i18n-queue";
import { NOTE_BELOW } from "./note-below";

interface Props {
  launchers: readonly Launcher[];
  value: string;
  onChange: (name: string) => void;
  error?: ReactNode;
  note?: ReactNode;
  /** Further choices: value and label. */
  more?: readonly { value: string; label: string }[];
  testId: string;
}

/** Where a job runs; the default is marked, one that the server doesn't have any more is too. */
export function LauncherField({ launchers, value, onChange, error, note, more = [], testId }: Props) {
  const choices = [
    ...launchers.map(({ name, is_default: isDefault }) => ({
      value: name,
      label: isDefault && launchers.length > 1 ? t("launcher.default", { name }) : name,
    })),
    ...more,
  ];
  const known = choices.some((one) => one.value === value);
  return (
    <NativeSelect
      label={common("spec.launcher")}
      {...NOTE_BELOW}
      description={note}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={known ? choices : [{ value, label: t("launcher.missing", { name: value }) }, ...choices]}
      data-testid={testId}
    />
  );
}
