import { createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { getJobOptions } from "../api/get-job";
import { jobMetricsOptions } from "../api/job-metrics";
import { listResultsOptions } from "../api/list-results";
import { Loading } from "../components/page-state";
import { readDatasetSearch, readImportSearch } from "../lib/dataset-search";
import { readEpochSearch } from "../lib/epoch-search";
import { readJobsSearch } from "../lib/jobs-search";
import { readLogSearch } from "../lib/log-search";
import { readNewJobSearch } from "../lib/new-job-search";
import { readProjectSearch } from "../lib/project-choice";
import { readValidationSearch } from "../lib/validation-search";
import { askOf } from "./ahead";
import { PageBroke } from "./fallbacks";
import { peopleRoutes } from "./people-routes";
import { rootRoute } from "./root-route";
import { compareRoute, queueRoute, runRoute, runsRoute } from "./runs-routes";
import { sweepsRoutes } from "./sweeps-routes";

/** What a loader asks for, the page keeps fresh itself. */
const ONCE = { staleTime: Number.POSITIVE_INFINITY };

const jobsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: readJobsSearch,
  component: lazyRouteComponent(() => import("./routes/jobs-route"), "JobsRoute"),
});

const newJobRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/jobs/new",
  validateSearch: readNewJobSearch,
  component: lazyRouteComponent(() => import("./routes/new-job-route"), "NewJobRoute"),
});

const jobRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/jobs/$jobId",
  params: {
    parse: ({ jobId }) => ({ jobId: Number(jobId) }),
    stringify: ({ jobId }) => ({ jobId: String(jobId) }),
  },
  validateSearch: readEpochSearch,
  ...ONCE,
  loader: ({ params }) => askOf(params.jobId, getJobOptions),
  component: lazyRouteComponent(() => import("./routes/job-route"), "JobRoute"),
});

const chartsRoute = createRoute({
  getParentRoute: () => jobRoute,
  path: "/",
  ...ONCE,
  loader: ({ params, cause }) => (cause === "enter" ? askOf(params.jobId, jobMetricsOptions) : undefined),
  component: lazyRouteComponent(() => import("./routes/charts-route"), "ChartsRoute"),
});

const validationRoute = createRoute({
  getParentRoute: () => jobRoute,
  path: "validation",
  validateSearch: readValidationSearch,
  ...ONCE,
  loader: ({ params, cause }) => (cause === "enter" ? askOf(params.jobId, listResultsOptions) : undefined),
  component: lazyRouteComponent(() => import("./routes/validation-route"), "ValidationRoute"),
});

const plotsRoute = createRoute({
  getParentRoute: () => jobRoute,
  path: "plots",
  component: lazyRouteComponent(() => import("./routes/plots-route"), "PlotsRoute"),
});

const logsRoute = createRoute({
  getParentRoute: () => jobRoute,
  path: "logs",
  validateSearch: readLogSearch,
  component: lazyRouteComponent(() => import("./routes/logs-route"), "LogsRoute"),
});

const artifactsRoute = createRoute({
  getParentRoute: () => jobRoute,
  path: "artifacts",
  component: lazyRouteComponent(() => import("./routes/artifacts-route"), "ArtifactsRoute"),
});

const specRoute = createRoute({
  getParentRoute: () => jobRoute,
  path: "spec",
  component: lazyRouteComponent(() => import("./routes/spec-route"), "SpecRoute"),
});

const datasetsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/datasets",
  validateSearch: readProjectSearch,
  component: lazyRouteComponent(() => import("../features/datasets/datasets-page"), "DatasetsPage"),
});

const importRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/datasets/import",
  validateSearch: readImportSearch,
  component: lazyRouteComponent(() => import("./routes/import-route"), "ImportRoute"),
});

const importProgressRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/datasets/imports/$importId",
  params: {
    parse: ({ importId }) => ({ importId: Number(importId) }),
    stringify: ({ importId }) => ({ importId: String(importId) }),
  },
  component: lazyRouteComponent(() => import("./routes/import-progress-route"), "ImportProgressRoute"),
});

const datasetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/datasets/$datasetId",
  params: {
    parse: ({ datasetId }) => ({ datasetId: Number(datasetId) }),
    stringify: ({ datasetId }) => ({ datasetId: String(datasetId) }),
  },
  validateSearch: readDatasetSearch,
  component: lazyRouteComponent(() => import("./routes/dataset-route"), "DatasetRoute"),
});

/** The tabs; an image's own page has the dataset around it but not these. */
const datasetTabsRoute = createRoute({
  getParentRoute: () => datasetRoute,
  id: "tabs",
  component: lazyRouteComponent(() => import("./routes/dataset-tabs-route"), "DatasetTabsRoute"),
});

const datasetImagesRoute = createRoute({
  getParentRoute: () => datasetTabsRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./routes/dataset-images-route"), "DatasetImagesRoute"),
});

const datasetStatisticsRoute = createRoute({
  getParentRoute: () => datasetTabsRoute,
  path: "statistics",
  component: lazyRouteComponent(() => import("./routes/dataset-statistics-route"), "DatasetStatisticsRoute"),
});

const datasetProblemsRoute = createRoute({
  getParentRoute: () => datasetTabsRoute,
  path: "problems",
  component: lazyRouteComponent(() => import("./routes/dataset-problems-route"), "DatasetProblemsRoute"),
});

const datasetVersionsRoute = createRoute({
  getParentRoute: () => datasetTabsRoute,
  path: "versions",
  component: lazyRouteComponent(() => import("./routes/dataset-versions-route"), "DatasetVersionsRoute"),
});

const datasetImageRoute = createRoute({
  getParentRoute: () => datasetRoute,
  path: "images/$imageId",
  params: {
    parse: ({ imageId }) => ({ imageId: Number(imageId) }),
    stringify: ({ imageId }) => ({ imageId: String(imageId) }),
  },
  component: lazyRouteComponent(() => import("./routes/dataset-image-route"), "DatasetImageRoute"),
});

const routeTree = rootRoute.addChildren([
  jobsRoute,
  newJobRoute,
  jobRoute.addChildren([chartsRoute, validationRoute, plotsRoute, logsRoute, artifactsRoute, specRoute]),
  datasetsRoute,
  importRoute,
  importProgressRoute,
  datasetRoute.addChildren([
    datasetTabsRoute.addChildren([
      datasetImagesRoute,
      datasetStatisticsRoute,
      datasetProblemsRoute,
      datasetVersionsRoute,
    ]),
    datasetImageRoute,
  ]),
  ...peopleRoutes,
  ...sweepsRoutes,
  queueRoute,
  compareRoute,
  runsRoute,
  runRoute,
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultPendingComponent: Loading,
  defaultErrorComponent: PageBroke,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
