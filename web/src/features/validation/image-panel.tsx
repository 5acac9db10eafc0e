import { useRef } from "react";
import type { ResultImagesQuery } from "../../api/result-images";
import { Card } from "../../components/card";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-images";
import { useCardSize } from "../../lib/use-card-size";
import { useScrollTo } from "../../lib/use-scroll-to";
import { FilterChips } from "./filter-chips";
import { ImageFilters } from "./image-filters";
import { ImageGrid } from "./image-grid";
import { chosenTitle } from "./image-words";
import classes from "./images.module.css";
import { ListTools } from "./list-tools";
import { ObjectGrid } from "./object-grid";
import {
  atText,
  errorIou,
  hasPlace,
  isChosen,
  overlapName,
  thresholdsOf,
  type ViewProps,
} from "./view-state";

export interface ImagePanelProps extends ViewProps {
  jobId: number;
  epoch: number;
  /** The first page, which knows how many there are. */
  query: ResultImagesQuery;
  /** Class names, the background last. */
  labels: readonly string[];
}

/** The images or objects behind a cell, a class, an outcome; all of them, worst first, while nothing is chosen. */
export function ImagePanel(props: ImagePanelProps) {
  const { query, labels, task, search, onChange } = props;
  const [size, setSize] = useCardSize();
  const host = useRef<HTMLDivElement>(null);
  useScrollTo(host, `${search.cell} ${search.class} ${search.outcome} ${search.error}`);
  const view = { task, search, onChange };
  return (
    <div ref={host} className={classes.panel}>
      <Card
        title={chosenTitle(search, task, labels)}
        note={noteOf(props)}
        actions={<ListTools {...view} size={size} onSize={setSize} />}
      >
        <ImageFilters {...view} labels={labels} splits={query.data?.splits ?? []} />
        <FilterChips {...view} labels={labels} />
        <Content {...props} size={size} />
      </Card>
    </div>
  );
}

function Content({
  query,
  jobId,
  epoch,
  task,
  search,
  onChange,
  size,
}: ImagePanelProps & { size: Parameters<typeof ImageGrid>[0]["size"] }) {
  if (!query.data) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={3} height={110} />
    );
  }
  const { total_images: images, total_pairs: pairs } = query.data;
  const chosen = isChosen(search);
  const narrowed = chosen || search.text !== undefined || search.split !== undefined;
  const asObjects = search.view === "objects" && hasPlace(task);
  const inImages = t("images.images", { count: images });
  const counted = t(search.error ? "images.errors" : "images.pairs", { count: pairs });
  const grid = { jobId, epoch, task, search, onChange, size };
  return (
    <>
      <p className={classes.summary} data-testid="cell-summary" aria-live="polite">
        {chosen || asObjects ? t("images.in", { pairs: counted, images: inImages }) : inImages}
      </p>
      {images === 0 ? (
        <EmptyState
          title={t(chosen ? "images.none" : narrowed ? "grid.nobody" : "images.noneAll")}
          {...(narrowed && chosen ? { text: t("grid.nobody") } : {})}
        />
      ) : (
        <div className={classes.list} data-stale={query.isPlaceholderData || undefined}>
          {asObjects ? (
            <ObjectGrid {...grid} count={pairs} />
          ) : (
            <ImageGrid {...grid} count={images} chosen={chosen} />
          )}
        </div>
      )}
    </>
  );
}

/** Errors are told apart over all scores. */
function noteOf({ search, task }: ImagePanelProps): string {
  const at = thresholdsOf(search, task);
  if (search.error === undefined) return atText(at, task);
  return t("errors.from", { name: overlapName(task), iou: errorIou(at.iou).toFixed(2) });
}
