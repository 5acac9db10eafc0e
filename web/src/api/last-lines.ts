import { queryOptions, useQuery } from "@tanstack/react-query";
import { logLines } from "./job-logs";
import { keys } from "./keys";

const COUNT = 8;

/** The end of a log, for who wants to know why it ended. */
export const lastLinesOptions = (id: number) =>
  queryOptions({
    queryKey: keys.lastLines(id),
    queryFn: async () => (await logLines(id, { tail: COUNT })).items,
    staleTime: 30_000,
  });

export const useLastLines = (id: number) => useQuery(lastLinesOptions(id));
