import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Artifact, ArtifactPage } from "./types";

const MOST_PAGES = 20;

export const jobArtifactsOptions = (id: number) =>
  queryOptions({
    queryKey: keys.artifacts(id),
    queryFn: async ({ signal }) => {
      const all: Artifact[] = [];
      let cursor: string | null = null;
      for (let n = 0; n < MOST_PAGES; n++) {
        const page: ArtifactPage = await getJson(
          `/training/jobs/${id}/artifacts`,
          { cursor, limit: 500 },
          signal,
        );
        all.push(...page.items);
        cursor = page.next_cursor;
        if (cursor === null) break;
      }
      return all;
    },
  });

export const useJobArtifacts = (id: number) => useQuery(jobArtifactsOptions(id));
