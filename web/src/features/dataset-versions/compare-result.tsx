import { useCompareSnapshots } from "../../api/compare-snapshots";
import { thumbnailUrl } from "../../api/dataset-thumbnail";
import type { Comparison, ComparisonItem } from "../../api/types";
import { ChoiceRow } from "../../components/choice-row";
import { DatasetImageCard } from "../../components/dataset-image-card";
import { Facts } from "../../components/facts";
import { LoadMore } from "../../components/load-more";
import { ErrorState, Loading } from "../../components/page-state";
import frames from "../../components/thumbnail-frame.module.css";
import { CHANGES, type DatasetView } from "../../lib/dataset-search";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import classes from "./versions.module.css";

interface Props extends Omit<DatasetView, "snapshot"> {
  base: string;
  head: string;
}

const SIGNS = { added: "+", removed: "−", changed: "~" } as const;

export function CompareResult({ dataset, base, head, search, onChange }: Props) {
  const query = useCompareSnapshots(dataset.id, base, head, search.change);
  const first = query.data?.pages[0];
  if (!first) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={2} height={90} />
    );
  }
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const { images } = first;
  const all = images.added + images.removed + images.changed;
  return (
    <div className={classes.result} data-testid="comparison">
      <Facts
        facts={[
          [t("compare.unchanged"), formatCount(images.unchanged)],
          [t("compare.objectsAdded"), `+ ${formatCount(first.objects.added)}`],
          [t("compare.objectsRemoved"), `− ${formatCount(first.objects.removed)}`],
          ...classFacts(first),
        ]}
      />
      <ChoiceRow
        label={t("compare.which")}
        choices={[
          { value: undefined, label: t("compare.all", { count: all }) },
          ...CHANGES.map((value) => ({ value, label: t(`compare.${value}`, { count: images[value] }) })),
        ]}
        chosen={search.change}
        onChoose={(change) => onChange({ base, head, change })}
        testId="compare-change"
      />
      {items.length === 0 ? <p className={classes.muted}>{t("compare.none")}</p> : null}
      <div className={frames.grid}>
        {items.map((item) => (
          <Item
            key={`${item.change} ${item.path}`}
            item={item}
            datasetId={dataset.id}
            base={base}
            head={head}
          />
        ))}
      </div>
      <LoadMore query={query} />
    </div>
  );
}

function classFacts({ classes: { added, removed, renumbered } }: Comparison) {
  const facts: [string, string][] = [];
  if (added.length > 0) facts.push([t("compare.classesAdded"), added.join(", ")]);
  if (removed.length > 0) facts.push([t("compare.classesRemoved"), removed.join(", ")]);
  if (renumbered) facts.push([t("spec.classes"), t("compare.renumbered")]);
  return facts;
}

interface ItemProps {
  item: ComparisonItem;
  datasetId: number;
  base: string;
  head: string;
}

/** The image as it is in the newer version, or as it was if it is no more. */
function Item({ item, datasetId, base, head }: ItemProps) {
  const [imageId, snapshot] =
    item.head_image_id === null ? [item.base_image_id, base] : [item.head_image_id, head];
  if (imageId === null) return null;
  const label = `${t(`compare.is.${item.change}`)}${detailOf(item)}`;
  return (
    <DatasetImageCard
      datasetId={datasetId}
      imageId={imageId}
      path={item.path}
      url={thumbnailUrl(datasetId, imageId, snapshot)}
      search={{ snapshot }}
      badge={`${SIGNS[item.change]} ${noteOf(item)}`}
      label={label}
    />
  );
}

function noteOf({ change, what, objects_added: added, objects_removed: removed }: ComparisonItem): string {
  if (change !== "changed") return t(`compare.is.${change}`);
  if (added + removed > 0) return `+${added} −${removed}`;
  return what.map(whatText).join(", ");
}

function detailOf({ change, what, objects_added: added, objects_removed: removed }: ComparisonItem): string {
  if (change !== "changed") return "";
  return `: ${what.map(whatText).join(", ")}, ${t("compare.objects", { added, removed })}`;
}

const whatText = (what: string): string =>
  what === "file" || what === "split" || what === "objects" ? t(`compare.what.${what}`) : what;
