import { Button, NativeSelect } from "@mantine/core";
import { useRef } from "react";
import type { ResultImagesQuery } from "../../api/result-images";
import { Card } from "../../components/card";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import frames from "../../components/thumbnail-frame.module.css";
import { t } from "../../lib/i18n-validation";
import { useScrollTo } from "../../lib/use-scroll-to";
import { parseCell, type ValidationSearch } from "../../lib/validation-search";
import { ImageCard } from "./image-card";
import classes from "./images.module.css";
import { showsMistakes, thresholdsOf, type ViewProps } from "./view-state";

interface Props extends ViewProps {
  query: ResultImagesQuery;
  /** Class names, the background last. */
  labels: readonly string[];
}

/** The images behind a cell, a class or an outcome; all of them, worst first, while nothing is chosen. */
export function ImagePanel({ query, labels, search, onChange }: Props) {
  const chosen = search.cell !== undefined || search.class !== undefined || search.outcome !== undefined;
  const { conf, iou } = thresholdsOf(search);
  const host = useRef<HTMLDivElement>(null);
  useScrollTo(host, `${search.cell} ${search.class} ${search.outcome}`);
  const clear = () => onChange({ cell: undefined, class: undefined, outcome: undefined }, true);
  return (
    <div ref={host} className={classes.panel}>
      <Card
        title={titleOf(search, labels)}
        note={t("image.at", { score: conf.toFixed(2), iou: iou.toFixed(2) })}
        actions={
          <>
            {chosen ? (
              <Button variant="subtle" size="compact-xs" onClick={clear}>
                {t("images.clear")}
              </Button>
            ) : null}
            <NativeSelect
              size="xs"
              aria-label={t("images.sort")}
              value={search.sort ?? "worst"}
              onChange={(event) => {
                const { value } = event.currentTarget;
                onChange({ sort: value === "best" || value === "name" ? value : undefined });
              }}
              data={(["worst", "best", "name"] as const).map((value) => ({
                value,
                label: t(`images.sort.${value}`),
              }))}
            />
          </>
        }
      >
        <Content query={query} chosen={chosen} search={search} onChange={onChange} />
      </Card>
    </div>
  );
}

function Content({ query, chosen, search, onChange }: Omit<Props, "labels"> & { chosen: boolean }) {
  if (!query.data) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={3} height={110} />
    );
  }
  const items = query.data.pages.flatMap((page) => page.items);
  const totals = query.data.pages[0];
  const mistakes = showsMistakes(search);
  return (
    <>
      <p className={classes.summary} data-testid="cell-summary" aria-live="polite">
        {totals
          ? chosen
            ? t("images.in", {
                pairs: t("images.pairs", { count: totals.total_pairs }),
                images: t("images.images", { count: totals.total_images }),
              })
            : t("images.images", { count: totals.total_images })
          : null}
      </p>
      {items.length === 0 ? <EmptyState title={t(chosen ? "images.none" : "images.noneAll")} /> : null}
      <div className={`${frames.grid} ${classes.grid}`} data-stale={query.isPlaceholderData || undefined}>
        {items.map((item) => (
          <ImageCard
            key={item.image_id}
            item={item}
            mistakes={mistakes}
            showPairs={chosen}
            onOpen={() => onChange({ image: item.image_id }, true)}
          />
        ))}
      </div>
      {query.hasNextPage ? (
        <div className={classes.more}>
          <Button
            variant="default"
            size="xs"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
            data-testid="more-images"
          >
            {t("common.loadMore")}
          </Button>
        </div>
      ) : null}
    </>
  );
}

function titleOf(search: ValidationSearch, labels: readonly string[]): string {
  const cell = parseCell(search.cell);
  if (cell) {
    const background = labels[labels.length - 1] === "background" ? labels.length - 1 : -1;
    const values = { true: labels[cell[0]] ?? String(cell[0]), pred: labels[cell[1]] ?? String(cell[1]) };
    if (cell[1] === background) return t("images.cellMissed", values);
    return t(cell[0] === background ? "images.cellFalse" : "images.cell", values);
  }
  if (search.class === undefined) return t(search.sort === undefined ? "images.worst" : "images.title");
  const name = labels[search.class] ?? String(search.class);
  return search.outcome ? t(`images.outcome.${search.outcome}`, { name }) : name;
}
