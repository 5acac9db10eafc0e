import { NativeSelect, SegmentedControl } from "@mantine/core";
import { t } from "../../lib/i18n-images";
import { CARD_SIZES, type CardSize } from "../../lib/use-card-size";
import { RANKS, SORTS } from "../../lib/validation-search";
import { hasPlace, overlapName, type ViewProps } from "./view-state";

interface Props extends ViewProps {
  size: CardSize;
  onSize: (size: CardSize) => void;
}

/** Images or objects, in which order, how large. */
export function ListTools({ task, search, onChange, size, onSize }: Props) {
  const placed = hasPlace(task);
  return (
    <>
      {placed ? (
        <SegmentedControl
          size="xs"
          aria-label={t("grid.view")}
          value={search.view ?? "images"}
          onChange={(value) => onChange({ view: value === "objects" ? value : undefined })}
          data={[
            { value: "images", label: t("grid.images") },
            { value: "objects", label: t("grid.objects") },
          ]}
          data-testid="list-view"
        />
      ) : null}
      {placed && search.view === "objects" ? (
        <NativeSelect
          size="xs"
          aria-label={t("grid.order")}
          value={search.rank ?? "score"}
          onChange={(event) => {
            const { value } = event.currentTarget;
            onChange({ rank: RANKS.find((name) => name === value) });
          }}
          data={(["score", ...RANKS] as const).map((value) => ({
            value,
            label: t(`grid.order.${value}`, { name: overlapName(task) }),
          }))}
        />
      ) : (
        <NativeSelect
          size="xs"
          aria-label={t("images.sort")}
          value={search.sort ?? "worst"}
          onChange={(event) => {
            const { value } = event.currentTarget;
            onChange({ sort: SORTS.find((name) => name === value) });
          }}
          data={(["worst", ...SORTS] as const)
            .filter((name) => placed || (name !== "iou" && name !== "errors"))
            .map((value) => ({
              value,
              label:
                value === "errors" || value === "score"
                  ? t(`grid.sort.${value}`)
                  : t(`images.sort.${value}`, { name: overlapName(task) }),
            }))}
        />
      )}
      <SegmentedControl
        size="xs"
        aria-label={t("grid.size")}
        value={size}
        onChange={(value) => onSize(CARD_SIZES.find((name) => name === value) ?? "m")}
        data={CARD_SIZES.map((value) => ({ value, label: t(`grid.size.${value}`) }))}
        data-testid="card-size"
      />
    </>
  );
}
