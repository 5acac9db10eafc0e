import { getRouteApi } from "@tanstack/react-router";
import { SweepPage } from "../../features/sweep/sweep-page";

const route = getRouteApi("/sweeps/$sweepId");

export function SweepRoute() {
  const { sweepId } = route.useParams();
  return <SweepPage key={sweepId} sweepId={sweepId} />;
}
