/** Sweeps: the list, a new one, one with its trials. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { readProjectSearch } from "../lib/project-choice";
import { rootRoute } from "./root-route";

const listRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sweeps",
  validateSearch: readProjectSearch,
  component: lazyRouteComponent(() => import("../features/sweeps/sweeps-page"), "SweepsPage"),
});

const newRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sweeps/new",
  validateSearch: readProjectSearch,
  component: lazyRouteComponent(() => import("./routes/new-sweep-route"), "NewSweepRoute"),
});

const sweepRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sweeps/$sweepId",
  params: {
    parse: ({ sweepId }) => ({ sweepId: Number(sweepId) }),
    stringify: ({ sweepId }) => ({ sweepId: String(sweepId) }),
  },
  component: lazyRouteComponent(() => import("./routes/sweep-route"), "SweepRoute"),
});

export const sweepsRoutes = [listRoute, newRoute, sweepRoute] as const;
