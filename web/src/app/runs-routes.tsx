/** The queue, the comparison, and the runs of the connected MLflow. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { readCompareSearch } from "../lib/compare-search";
import { readProjectSearch } from "../lib/project-choice";
import { readRunsSearch } from "../lib/runs-search";
import { rootRoute } from "./root-route";

export const queueRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/queue",
  validateSearch: readProjectSearch,
  component: lazyRouteComponent(() => import("../features/queue/queue-page"), "QueuePage"),
});

export const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/compare",
  validateSearch: readCompareSearch,
  component: lazyRouteComponent(() => import("./routes/compare-route"), "CompareRoute"),
});

export const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/mlflow",
  validateSearch: readRunsSearch,
  component: lazyRouteComponent(() => import("./routes/runs-route"), "RunsRoute"),
});

export const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/mlflow/$runId",
  component: lazyRouteComponent(() => import("./routes/run-route"), "RunRoute"),
});
