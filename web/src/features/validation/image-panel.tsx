import { Button, NativeSelect } from "@mantine/core";
import { useRef } from "react";
import type { ResultImagesQuery } from "../../api/result-images";
import type { Task } from "../../api/types";
import { Card } from "../../components/card";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import frames from "../../components/thumbnail-frame.module.css";
import { t } from "../../lib/i18n-validation";
import { useScrollTo } from "../../lib/use-scroll-to";
import { parseCell, SORTS, type ValidationSearch } from "../../lib/validation-search";
import { ImageCard } from "./image-card";
import classes from "./images.module.css";
import {
  atText,
  errorIou,
  hasPlace,
  isChosen,
  NOTHING_CHOSEN,
  overlapName,
  showsMistakes,
  thresholdsOf,
  type ViewProps,
} from "./view-state";

interface Props extends ViewProps {
  query: ResultImagesQuery;
  /** Class names, the background last. */
  labels: readonly string[];
}

/** The images behind a cell, a class or an outcome; all of them, worst first, while nothing is chosen. */
export function ImagePanel({ query, labels, task, search, onChange }: Props) {
  const chosen = isChosen(search);
  const sort = search.sort ?? "worst";
  const host = useRef<HTMLDivElement>(null);
  useScrollTo(host, `${search.cell} ${search.class} ${search.outcome} ${search.error}`);
  return (
    <div ref={host} className={classes.panel}>
      <Card
        title={titleOf(search, task, labels)}
        note={noteOf(search, task)}
        actions={
          <>
            {chosen ? (
              <Button variant="subtle" size="compact-xs" onClick={() => onChange(NOTHING_CHOSEN, true)}>
                {t("images.clear")}
              </Button>
            ) : null}
            <NativeSelect
              size="xs"
              aria-label={t("images.sort")}
              value={sort}
              onChange={(event) => {
                const { value } = event.currentTarget;
                onChange({ sort: SORTS.find((name) => name === value) });
              }}
              data={sortsOf(task).map((value) => ({
                value,
                label: t(`images.sort.${value}`, { name: overlapName(task) }),
              }))}
            />
          </>
        }
      >
        <Content query={query} chosen={chosen} task={task} search={search} onChange={onChange} />
      </Card>
    </div>
  );
}

function Content({ query, chosen, task, search, onChange }: Omit<Props, "labels"> & { chosen: boolean }) {
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
  // The overlap of boxes says little; that of masks and keypoints is what one looks for.
  const showOverlap = task === "segmentation" || task === "pose" || search.sort === "iou";
  return (
    <>
      <p className={classes.summary} data-testid="cell-summary" aria-live="polite">
        {totals
          ? chosen
            ? t("images.in", {
                pairs: t(search.error ? "images.errors" : "images.pairs", { count: totals.total_pairs }),
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
            task={task}
            mistakes={mistakes}
            showPairs={chosen}
            showOverlap={showOverlap}
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

/** Errors are told apart over all scores. */
function noteOf(search: ValidationSearch, task: Task): string {
  const at = thresholdsOf(search, task);
  if (search.error === undefined || search.cell !== undefined) return atText(at, task);
  return t("errors.from", { name: overlapName(task), iou: errorIou(at.iou).toFixed(2) });
}

const sortsOf = (task: Task) =>
  (["worst", ...SORTS] as const).filter((name) => name !== "iou" || hasPlace(task));

function titleOf(search: ValidationSearch, task: Task, labels: readonly string[]): string {
  const cell = parseCell(search.cell);
  if (cell) {
    const background = labels[labels.length - 1] === "background" ? labels.length - 1 : -1;
    const values = { true: labels[cell[0]] ?? String(cell[0]), pred: labels[cell[1]] ?? String(cell[1]) };
    if (cell[1] === background) {
      return t(hasPlace(task) ? "images.cellMissed" : "images.cellUnsure", values);
    }
    return t(cell[0] === background ? "images.cellFalse" : "images.cell", values);
  }
  if (search.error) return t(`errors.is.${search.error}`);
  if (search.class === undefined) return t(search.sort === undefined ? "images.worst" : "images.title");
  const name = labels[search.class] ?? String(search.class);
  return search.outcome ? t(`images.outcome.${search.outcome}`, { name }) : name;
}
