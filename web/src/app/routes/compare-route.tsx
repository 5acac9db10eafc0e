import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { ComparePage } from "../../features/compare/compare-page";
import type { CompareSearch } from "../../lib/compare-search";
import { ComparedCharts } from "./compared-charts";

const route = getRouteApi("/compare");

/** Keeps the whole comparison in the address, so that a link shows a colleague the same. */
export function CompareRoute() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/compare" });
  const change = useCallback(
    (next: CompareSearch) => void navigate({ search: next, replace: true, resetScroll: false }),
    [navigate],
  );
  return (
    <ComparePage
      search={search}
      onChange={change}
      charts={(trainings) => <ComparedCharts trainings={trainings} />}
    />
  );
}
