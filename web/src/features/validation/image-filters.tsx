import { NativeSelect } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { FilterField } from "../../components/filter-field";
import { t } from "../../lib/i18n-images";
import { OBJECT_SIZES, OUTCOMES } from "../../lib/validation-search";
import classes from "./images.module.css";
import { hasPlace, type ViewProps } from "./view-state";

const TYPING_MS = 250;

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
      <TextField value={search.text ?? ""} onChange={(text) => onChange({ text: text || undefined })} />
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

/** Typing is told on when it pauses; an address that changes otherwise is shown. */
function TextField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  const tell = useDebouncedCallback((next: string) => {
    setTold(next);
    onChange(next);
  }, TYPING_MS);
  useEffect(() => {
    if (value === told) return;
    setTold(value);
    setText(value);
  }, [value, told]);
  return (
    <FilterField
      label={t("filters.text")}
      value={text}
      onChange={(next) => {
        setText(next);
        tell(next);
      }}
      className={classes.text}
    />
  );
}
