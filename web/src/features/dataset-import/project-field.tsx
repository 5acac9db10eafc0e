import { NativeSelect } from "@mantine/core";
import type { MyProject } from "../../api/types";
import { t } from "../../lib/i18n-datasets";

interface Props {
  projects: readonly MyProject[];
  value: number | null;
  onChange: (project: number | null) => void;
}

/** Where the dataset goes, if there is a choice. */
export function ProjectField({ projects, value, onChange }: Props) {
  if (projects.length === 1 && value === projects[0]?.id) return null;
  return (
    <NativeSelect
      label={t("import.project")}
      description={t("import.projectHint")}
      value={value === null ? "" : String(value)}
      onChange={(event) => {
        const { value: chosen } = event.currentTarget;
        onChange(chosen === "" ? null : Number(chosen));
      }}
      data={[
        ...(value === null ? [{ value: "", label: t("import.chooseProject") }] : []),
        ...projects.map((one) => ({ value: String(one.id), label: one.name })),
      ]}
      data-testid="import-project"
    />
  );
}
