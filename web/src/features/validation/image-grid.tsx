import { useImageNeighbours } from "../../api/image-neighbours";
import { IMAGES_A_PAGE, type ImageFilter, useResultImages } from "../../api/result-images";
import type { ImageItem } from "../../api/types";
import { VirtualGrid } from "../../components/virtual-grid";
import { t } from "../../lib/i18n-images";
import { CARD_WIDTH, type CardSize } from "../../lib/use-card-size";
import { ImageCard } from "./image-card";
import { cardsOf, type PageOfCardsProps } from "./page-of-cards";
import { hasPlace, imageFilter, type ViewProps } from "./view-state";

/** Below the picture: one line of counts, or two of labels. */
const CAPTION = { placed: 26, whole: 44 };

interface Props extends ViewProps {
  jobId: number;
  epoch: number;
  count: number;
  size: CardSize;
  /** Whether pairs are highlighted. */
  chosen: boolean;
}

/** Every image of the list, however many. */
export function ImageGrid({ jobId, epoch, task, search, onChange, count, size, chosen }: Props) {
  const filter = imageFilter(search, task);
  const placed = hasPlace(task);
  const isOpen = search.image !== undefined;
  const { data: open, isPlaceholderData } = useImageNeighbours(
    jobId,
    epoch,
    search.image ?? 0,
    filter,
    isOpen,
  );
  // The overlap of boxes says little; that of masks and keypoints is what one looks for.
  const showOverlap = task === "segmentation" || task === "pose" || search.sort === "iou";
  return (
    <VirtualGrid
      count={count}
      pageSize={IMAGES_A_PAGE}
      least={CARD_WIDTH[size]}
      caption={placed ? CAPTION.placed : CAPTION.whole}
      label={t("grid.images")}
      shown={isOpen && !isPlaceholderData ? (open?.index ?? null) : null}
      list={JSON.stringify([filter, search.sort])}
      renderPage={(page, cells, wanted, place) => (
        <Page
          key={page}
          {...{ jobId, epoch, filter, page, cells, wanted, place }}
          card={(item, { tabIndex }) => (
            <ImageCard
              item={item}
              task={task}
              showPairs={chosen}
              showOverlap={showOverlap}
              tabIndex={tabIndex}
              onOpen={() => onChange({ image: item.image_id, at: undefined }, true)}
            />
          )}
        />
      )}
    />
  );
}

interface PageProps extends PageOfCardsProps<ImageItem> {
  jobId: number;
  epoch: number;
  filter: ImageFilter;
  page: number;
  wanted: boolean;
}

function Page({ jobId, epoch, filter, page, wanted, ...cards }: PageProps) {
  return cardsOf(useResultImages(jobId, epoch, filter, page, wanted), page * IMAGES_A_PAGE, cards);
}
