import { TagsInput, type TagsInputProps } from "@mantine/core";
import { useJobKinds } from "../api/job-kinds";
import { t } from "../lib/i18n-jobs";
import { MOST_CHARACTERS, MOST_TAGS, normaliseTags, tagFault } from "../lib/job-tags";
import { NOTE_BELOW } from "./note-below";

interface Props extends Pick<TagsInputProps, "comboboxProps" | "error"> {
  /** Whose tags are suggested; null for those of all projects. */
  project: number | null;
  value: string[];
  onChange: (tags: string[]) => void;
  testId?: string;
}

/** The tags of a job. */
export function TagsField({ project, value, onChange, error, testId = "job-tags", ...props }: Props) {
  const kinds = useJobKinds(project);
  return (
    <TagsInput
      label={t("edit.tags")}
      description={t("edit.tagsHint", { most: MOST_TAGS, characters: MOST_CHARACTERS })}
      {...NOTE_BELOW}
      {...props}
      value={value}
      data={kinds.data?.tags.map((one) => one.value) ?? []}
      onChange={(tags) => onChange(normaliseTags(tags))}
      acceptValueOnBlur
      error={error ?? tagFault(value)}
      data-testid={testId}
    />
  );
}
