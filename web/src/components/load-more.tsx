import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import { t } from "../lib/i18n";
import { useInView } from "../lib/use-in-view";
import classes from "./load-more.module.css";

const AHEAD = "800px";

interface Props {
  /** The query of pages whose next one comes after what is shown. */
  query: {
    hasNextPage: boolean;
    isFetching: boolean;
    isFetchingNextPage: boolean;
    isError: boolean;
    fetchNextPage: () => Promise<unknown>;
  };
}

/** Loads the next page when its place comes near the screen; the button is for keys, and for another try. */
export function LoadMore({ query }: Props) {
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  const place = useRef<HTMLDivElement>(null);
  const near = useInView(place, AHEAD);
  useEffect(() => {
    if (near && hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [near, hasNextPage, isFetching, isError, fetchNextPage]);
  return (
    <div ref={place} className={classes.more}>
      {hasNextPage ? (
        <Button
          variant="default"
          size="xs"
          loading={query.isFetchingNextPage}
          onClick={() => void fetchNextPage()}
          data-testid="load-more"
        >
          {t("common.loadMore")}
        </Button>
      ) : null}
    </div>
  );
}
