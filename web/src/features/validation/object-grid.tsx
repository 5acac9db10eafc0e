import { OBJECTS_A_PAGE, type ObjectFilter, useResultObjects } from "../../api/result-objects";
import type { ObjectItem } from "../../api/types";
import { VirtualGrid } from "../../components/virtual-grid";
import { t } from "../../lib/i18n-images";
import { around, regionText } from "../../lib/region";
import { CARD_WIDTH, type CardSize } from "../../lib/use-card-size";
import { ObjectCard } from "./object-card";
import { cardsOf, type PageOfCardsProps } from "./page-of-cards";
import { objectFilter, overlapName, type ViewProps } from "./view-state";

const CAPTION = 44;

interface Props extends ViewProps {
  jobId: number;
  epoch: number;
  count: number;
  size: CardSize;
}

/** Every object of the list, cut out of its image; a click opens the image there. */
export function ObjectGrid({ jobId, epoch, task, search, onChange, count, size }: Props) {
  const filter = objectFilter(search, task);
  return (
    <VirtualGrid
      count={count}
      pageSize={OBJECTS_A_PAGE}
      least={CARD_WIDTH[size]}
      caption={CAPTION}
      label={t("grid.objects")}
      list={JSON.stringify(filter)}
      renderPage={(page, cells, wanted, place) => (
        <Page
          key={page}
          {...{ jobId, epoch, filter, page, cells, wanted, place }}
          card={(item, { tabIndex }) => (
            <ObjectCard
              item={item}
              overlap={overlapName(task)}
              tabIndex={tabIndex}
              onOpen={() => onChange({ image: item.image_id, at: regionOf(item) }, true)}
            />
          )}
        />
      )}
    />
  );
}

const regionOf = ({ truth, prediction }: ObjectItem): string =>
  regionText(around([truth, prediction].filter((box) => box !== null)));

interface PageProps extends PageOfCardsProps<ObjectItem> {
  jobId: number;
  epoch: number;
  filter: ObjectFilter;
  page: number;
  wanted: boolean;
}

function Page({ jobId, epoch, filter, page, wanted, ...cards }: PageProps) {
  return cardsOf(useResultObjects(jobId, epoch, filter, page, wanted), page * OBJECTS_A_PAGE, cards);
}
