import type { ReactNode } from "react";
import { OBJECTS_A_PAGE, type ObjectFilter, useResultObjects } from "../../api/result-objects";
import type { ObjectItem } from "../../api/types";
import { BlankCard, type GridCell, VirtualGrid } from "../../components/virtual-grid";
import { t } from "../../lib/i18n-images";
import { around, regionText } from "../../lib/region";
import { CARD_WIDTH, type CardSize } from "../../lib/use-card-size";
import { ObjectCard } from "./object-card";
import { RetryCard } from "./retry-card";
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

interface PageProps {
  jobId: number;
  epoch: number;
  filter: ObjectFilter;
  page: number;
  cells: readonly GridCell[];
  wanted: boolean;
  place: (cell: GridCell, card: ReactNode) => ReactNode;
  card: (item: ObjectItem, cell: GridCell) => ReactNode;
}

function Page({ jobId, epoch, filter, page, cells, wanted, place, card }: PageProps) {
  const query = useResultObjects(jobId, epoch, filter, page, wanted);
  const items = query.data?.items;
  return cells.map((cell) => {
    const item = items?.[cell.index - page * OBJECTS_A_PAGE];
    if (item) return place(cell, card(item, cell));
    return place(cell, query.isError ? <RetryCard query={query} tabIndex={cell.tabIndex} /> : <BlankCard />);
  });
}
