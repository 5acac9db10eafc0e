import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { TrainerList } from "./types";

const STALE_MS = 60_000;

/** What can be trained with, and each trainer's hyperparameters; the server may have to ask their Pythons first. */
export const listTrainersOptions = () =>
  queryOptions({
    queryKey: keys.trainers,
    queryFn: ({ signal }) => getJson<TrainerList>("/trainers", {}, signal),
    staleTime: STALE_MS,
  });

export const useListTrainers = () => useQuery(listTrainersOptions());
