import { NativeSelect } from "@mantine/core";
import { TypedField } from "../../components/typed-field";
import { t } from "../../lib/i18n-images";
import { OBJECT_SIZES, OUTCOMES } from "../../lib/validation-search";
import classes from "./images.module.css";
import { hasPlace, type ViewProps } from "./view-state";

interface Props extends ViewProps {
  labels: readonly string[];
  /** Those that evaluated images are of. */
  splits: readonly string[];
}

/** Everything that narrows down the list besides what was clicked; all of it is in the address. */
export function ImageFilters({ task, search, onChange, labels, splits }: Props) {
  const classes_ = labels[labels.length - 1] === "background" ? labels.slice(0, -1) : labels;
  return (
    <search className={classes.filters} aria-label={t("filters.title")}>
      <TypedField
        label={t("filters.text")}
        value={search.text ?? ""}
        onChange={(text) => onChange({ text: text || undefined })}
        className={classes.text}
      />
      <Choice
        label={t("filters.outcome")}
        any={t("filters.outcome.any")}
        value={search.outcome}
        options={OUTCOMES.map((value) => ({ value, label: t(`filters.outcome.${value}`) }))}
        onChoose={(outcome) => onChange({ outcome })}
      />
      <Choice
        label={t("filters.class")}
        any={t("filters.class.any")}
        value={search.class === undefined ? undefined : String(search.class)}
        options={classes_.map((label, at) => ({ value: String(at), label }))}
        onChoose={(value) => onChange({ class: value === undefined ? undefined : Number(value) })}
      />
      {hasPlace(task) ? (
        <Choice
          label={t("filters.size")}
          any={t("filters.size.any")}
          value={search.size}
          options={OBJECT_SIZES.map((value) => ({ value, label: t(`filters.size.${value}`) }))}
          onChoose={(size) => onChange({ size })}
        />
      ) : null}
      {splits.length > 1 || search.split !== undefined ? (
        <Choice
          label={t("filters.split")}
          any={t("filters.split.any")}
          value={search.split}
          options={splits.map((value) => ({ value, label: value }))}
          onChoose={(split) => onChange({ split })}
        />
      ) : null}
    </search>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  any: string;
  value: Value | undefined;
  options: readonly { value: Value; label: string }[];
  onChoose: (value: Value | undefined) => void;
}

function Choice<Value extends string>({ label, any, value, options, onChoose }: ChoiceProps<Value>) {
  return (
    <NativeSelect
      size="xs"
      aria-label={label}
      value={value ?? ""}
      data-chosen={value !== undefined || undefined}
      onChange={(event) => {
        const wished = event.currentTarget.value;
        onChoose(options.find((option) => option.value === wished)?.value);
      }}
      data={[{ value: "", label: any }, ...options]}
    />
  );
}
