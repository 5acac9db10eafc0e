import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { LauncherList } from "./types";

const STALE_MS = 60_000;

/** Where jobs may run, the default first; it changes with the server's settings alone. */
export const listLaunchersOptions = () =>
  queryOptions({
    queryKey: keys.launchers,
    queryFn: ({ signal }) => getJson<LauncherList>("/training/launchers", {}, signal),
    staleTime: STALE_MS,
  });

export const useLaunchers = (enabled = true) => useQuery({ ...listLaunchersOptions(), enabled });
