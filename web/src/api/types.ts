/** Short names for the shapes of the HTTP API, which are generated: `make openapi`. */
import type { components } from "./schema";

type Schemas = components["schemas"];

/** NaN and infinities travel as strings, as JSON has no word for them. */
export type Num = number | "NaN" | "Infinity" | "-Infinity";

export type Job = Schemas["JobOut"];
export type JobState = Schemas["JobState"];
export type JobPage = Schemas["JobPage"];
export type PrimaryMetric = Schemas["PrimaryMetricOut"];

export type MetricSeries = Schemas["Series"];
export type MetricPoint = MetricSeries["points"][number];
export type MetricsAnswer = Schemas["MetricsOut"];
export type Category = Schemas["Category"];

export type LogLine = Schemas["LogLineOut"];
export type LogPage = Schemas["LogPage"];
export type Artifact = Schemas["ArtifactOut"];
export type ArtifactPage = Schemas["ArtifactPage"];

export type Dataset = Schemas["DatasetOut"];
export type DatasetPage = Schemas["DatasetPage"];
export type DatasetDetail = Schemas["DatasetDetail"];
export type Snapshot = Schemas["SnapshotOut"];
export type Problem = Schemas["Problem"];
export type Import = Schemas["ImportOut"];
export type ImportPage = Schemas["ImportPage"];
export type ImportCreate = Schemas["ImportCreate"];
export type ImportReport = Schemas["Report"];

// TEMPORARY until the schema has them
export interface DatasetImageItem {
  image_id: number;
  path: string;
  split: string;
  width: number;
  height: number;
  bytes: number;
  objects: number;
  classes: number[];
  problems: string[];
  url: string;
}
export interface DatasetImagePage {
  items: DatasetImageItem[];
  total: number;
  next_cursor: string | null;
}
export interface DatasetObject {
  object_id: number;
  class_id: number;
  class_name: string;
  x: number;
  y: number;
  w: number;
  h: number;
  area: number;
  iscrowd: boolean;
  outlines: number[][] | null;
  keypoints: [number, number, number][] | null;
}
export interface DatasetImage {
  image_id: number;
  path: string;
  split: string;
  width: number;
  height: number;
  bytes: number;
  content_type: string;
  orientation: number;
  sha256: string;
  url: string;
  problems: Problem[];
  previous: number | null;
  next: number | null;
  objects: DatasetObject[];
}
export interface DatasetStatistics {
  images: number;
  objects: number;
  background: number;
  classes: { class_id: number; name: string; objects: number; images: number }[];
  objects_per_image: { edges: number[]; counts: number[] };
  box_sizes: { bins: number; counts: number[][]; edges: number[] } | null;
  positions: { bins: number; counts: number[][] } | null;
  image_sizes: { width: number; height: number; images: number }[];
  areas: { small: number; medium: number; large: number } | null;
}
export interface DatasetProblem extends Problem {
  image_id: number | null;
}
export interface DatasetProblemPage {
  items: DatasetProblem[];
  total: number;
  codes: Record<string, number>;
  next_cursor: string | null;
}
export interface Comparison {
  base: string;
  head: string;
  images: { added: number; removed: number; changed: number; unchanged: number };
  objects: { added: number; removed: number };
  classes: { added: string[]; removed: string[]; renumbered: boolean };
  items: ComparisonItem[];
  total: number;
  next_cursor: string | null;
}
export interface ComparisonItem {
  path: string;
  change: "added" | "removed" | "changed";
  base_image_id: number | null;
  head_image_id: number | null;
  what: string[];
  objects_added: number;
  objects_removed: number;
}
export interface Dependents {
  jobs: { id: number; name: string; state: JobState; snapshot: string | null }[];
  total: number;
}

export type ResultRow = Schemas["ResultRow"];
export type ResultList = Schemas["ResultPage"];
export type ResultDetail = Schemas["ResultDetail"];
export type PerClassRow = Schemas["PerClass"];
export type ConfusionMatrix = Schemas["Matrix"];
export type ConfusionAnswer = Schemas["MatrixAt"];
export type ImageItem = Schemas["ImageItem"];
export type ImagePage = Schemas["ImagePage"];
export type ImageDetail = Schemas["ImageDetail"];
export type Truth = Schemas["TruthOut"];
export type Prediction = Schemas["PredictionOut"];
export type Curves = Schemas["CurvesOut"];

export type Me = Schemas["Me"];
export type Health = Schemas["Health"];

/** A point as a live event brings it; streams are not part of OpenAPI. */
export interface LivePoint {
  key: string;
  category: Category;
  step: number;
  epoch: number | null;
  time: number;
  value: Num;
}

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}
