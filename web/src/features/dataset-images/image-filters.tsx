import { Checkbox, NativeSelect } from "@mantine/core";
import { SplitClassFields } from "../../components/split-class-fields";
import { TypedField } from "../../components/typed-field";
import { type DatasetView, SORTS } from "../../lib/dataset-search";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import classes from "./dataset-images.module.css";

/** Everything that narrows down or orders the images; all of it is in the address. */
export function ImageFilters({ snapshot, search, onChange }: Omit<DatasetView, "dataset">) {
  return (
    <search className={classes.filters} aria-label={t("filter.title")}>
      <TypedField
        label={t("filter.search")}
        value={search.search ?? ""}
        onChange={(text) => onChange({ search: text || undefined })}
        className={classes.search}
      />
      <SplitClassFields snapshot={snapshot} search={search} onChange={onChange} />
      <NativeSelect
        size="xs"
        aria-label={t("filter.problem")}
        value={search.problem ?? ""}
        onChange={(event) => onChange({ problem: event.currentTarget.value || undefined })}
        data={[
          { value: "", label: t("filter.allProblems") },
          { value: "any", label: t("filter.anyProblem") },
          ...codesOf(snapshot, search.problem),
        ]}
        data-testid="filter-problem"
      />
      <NativeSelect
        size="xs"
        aria-label={t("filter.sort")}
        value={search.sort ?? "path"}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChange({ sort: value === "objects" || value === "size" ? value : undefined });
        }}
        data={SORTS.map((value) => ({ value, label: t(`filter.sort.${value}`) }))}
        data-testid="filter-sort"
      />
      <Checkbox
        size="xs"
        label={t("filter.empty")}
        checked={search.empty ?? false}
        onChange={(event) => onChange({ empty: event.currentTarget.checked || undefined })}
        data-testid="filter-empty"
      />
    </search>
  );
}

/** The codes that the import met, and one that only the address knows. */
function codesOf(snapshot: DatasetView["snapshot"], chosen: string | undefined) {
  const counts = Object.entries(snapshot.report?.problems ?? {});
  const options = counts.map(([value, count]) => ({ value, label: `${value} (${formatCount(count)})` }));
  const known = chosen === undefined || chosen === "any" || counts.some(([code]) => code === chosen);
  return known ? options : [...options, { value: chosen, label: chosen }];
}
