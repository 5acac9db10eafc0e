import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { datasetImageOptions } from "../../api/dataset-image";
import { useDatasetImages } from "../../api/dataset-images";
import type { DatasetImage } from "../../api/types";
import { type DatasetView, imageFilter } from "../../lib/dataset-search";

/** A link may lead to an image far down its filter: it is looked for among so many. */
const MOST_LOOKED_AT = 3000;

export interface Neighbours {
  previous: number | null;
  next: number | null;
  /** From 1; null while it isn't known, or if the filter leaves this image out. */
  position: number | null;
  total: number;
}

/** The images before and after this one among those that the filter of the address leaves, in its order. */
export function useNeighbours(
  { dataset, snapshot, search }: Omit<DatasetView, "onChange">,
  imageId: number,
  image: DatasetImage | undefined,
): Neighbours {
  const filter = imageFilter(search);
  const filtered = Object.keys(filter).length > 0;
  const query = useDatasetImages(dataset.id, snapshot.hash, filter, filtered);
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  const ids = query.data?.pages.flatMap((page) => page.items.map((item) => item.image_id)) ?? [];
  const index = ids.indexOf(imageId);
  // One ahead, so that the last one of a page has a next one; and on until this image is found.
  const looking = index < 0 && ids.length < MOST_LOOKED_AT;
  const wanting = filtered && (looking || (index >= 0 && index >= ids.length - 2));
  useEffect(() => {
    if (wanting && hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [wanting, hasNextPage, isFetching, isError, fetchNextPage]);

  const here = image?.image_id === imageId ? image : undefined;
  const neighbours = filtered
    ? {
        previous: ids[index - 1] ?? null,
        next: index < 0 ? null : (ids[index + 1] ?? null),
        position: index < 0 ? null : index + 1,
        total: query.data?.pages[0]?.total ?? 0,
      }
    : {
        previous: here?.previous ?? null,
        next: here?.next ?? null,
        // Images are numbered by path, which is the order without a filter.
        position: imageId + 1,
        total: snapshot.images.total,
      };
  usePrefetch(dataset.id, snapshot.hash, neighbours.next);
  usePrefetch(dataset.id, snapshot.hash, neighbours.previous);
  return neighbours;
}

/** An image beside this one is there before it is asked for. */
function usePrefetch(datasetId: number, snapshot: string, imageId: number | null): void {
  const client = useQueryClient();
  useEffect(() => {
    if (imageId === null) return;
    client.fetchQuery(datasetImageOptions(datasetId, snapshot, imageId)).then(
      ({ url }) => {
        new Image().src = url;
      },
      () => undefined,
    );
  }, [client, datasetId, snapshot, imageId]);
}
