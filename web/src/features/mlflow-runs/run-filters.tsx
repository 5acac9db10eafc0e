import { NativeSelect } from "@mantine/core";
import { useEffect, useState } from "react";
import { useExperiments } from "../../api/list-experiments";
import { FilterField } from "../../components/filter-field";
import { t } from "../../lib/i18n-runs";
import type { RunsPatch, RunsSearch } from "../../lib/runs-search";
import classes from "./runs.module.css";

const SETTLED_MS = 350;

interface Props {
  readsAll: boolean;
  search: RunsSearch;
  onChange: (patch: RunsPatch) => void;
}

export function RunFilters({ readsAll, search, onChange }: Props) {
  return (
    <search className={classes.filters} aria-label={t("runs.filters")}>
      <Name value={search.search ?? ""} onChange={(text) => onChange({ search: text || undefined })} />
      {readsAll ? (
        <Experiment
          value={search.experiment}
          onChange={(experiment) => onChange({ experiment: experiment || undefined })}
        />
      ) : null}
    </search>
  );
}

/** Asked for when the typing has come to rest. */
function Name({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return <FilterField className={undefined} label={t("runs.search")} value={text} onChange={setText} />;
}

function Experiment({ value, onChange }: { value: string | undefined; onChange: (id: string) => void }) {
  const { data } = useExperiments(true);
  const known = data?.items ?? [];
  const listed = value === undefined || known.some((one) => one.id === value);
  return (
    <NativeSelect
      size="xs"
      aria-label={t("runs.experiment")}
      value={value ?? ""}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: "", label: t("runs.anyExperiment") },
        ...(listed ? [] : [{ value: value ?? "", label: value ?? "" }]),
        ...known.map((one) => ({ value: one.id, label: one.name })),
      ]}
      data-testid="run-experiment"
    />
  );
}
