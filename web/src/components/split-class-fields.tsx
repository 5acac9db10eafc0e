import { NativeSelect } from "@mantine/core";
import type { Snapshot } from "../api/types";
import type { ChangeSearch, DatasetSearch } from "../lib/dataset-search";
import { formatCount } from "../lib/format";
import { t } from "../lib/i18n-datasets";
import { splitsOf } from "../lib/splits";

interface Props {
  snapshot: Snapshot;
  search: DatasetSearch;
  onChange: ChangeSearch;
}

/** Which split and which class are looked at. */
export function SplitClassFields({ snapshot, search, onChange }: Props) {
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label={t("filter.split")}
        value={search.split ?? ""}
        onChange={(event) => onChange({ split: event.currentTarget.value || undefined })}
        data={[
          { value: "", label: t("filter.allSplits") },
          ...splitsOf(snapshot.images.by_split).map(([value, count]) => ({
            value,
            label: `${value} (${formatCount(count)})`,
          })),
        ]}
        data-testid="filter-split"
      />
      <NativeSelect
        size="xs"
        aria-label={t("filter.class")}
        value={search.class === undefined ? "" : String(search.class)}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChange({ class: value === "" ? undefined : Number(value) });
        }}
        data={[
          { value: "", label: t("filter.allClasses") },
          ...snapshot.classes.map((one) => ({
            value: String(one.id),
            label: `${one.name} (${formatCount(one.objects)})`,
          })),
        ]}
        data-testid="filter-class"
      />
    </>
  );
}
