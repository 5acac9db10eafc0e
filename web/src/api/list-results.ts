import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ResultList } from "./types";

const MOST_PAGES = 50;

/** A row an epoch, by rising epoch. */
export const listResultsOptions = (id: number) =>
  queryOptions({
    queryKey: keys.results(id),
    queryFn: async ({ signal }): Promise<ResultList> => {
      const path = `/validation/jobs/${id}/results`;
      const first = await getJson<ResultList>(path, { limit: 500 }, signal);
      const items = [...first.items];
      let cursor = first.next_cursor;
      for (let n = 1; cursor !== null && n < MOST_PAGES; n++) {
        const page: ResultList = await getJson(path, { limit: 500, cursor }, signal);
        items.push(...page.items);
        cursor = page.next_cursor;
      }
      items.sort((a, b) => a.epoch - b.epoch);
      return { ...first, items, next_cursor: null };
    },
  });

export const useListResults = (id: number) => useQuery(listResultsOptions(id));
