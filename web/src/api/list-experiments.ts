import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ExperimentList } from "./types";

export const listExperimentsOptions = () =>
  queryOptions({
    queryKey: [...keys.mlflow, "experiments"],
    queryFn: ({ signal }) => getJson<ExperimentList>("/mlflow/experiments", { limit: 100 }, signal),
    staleTime: 30_000,
  });

export const useExperiments = (enabled: boolean) => useQuery({ ...listExperimentsOptions(), enabled });
