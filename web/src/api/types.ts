/** The shapes of the HTTP API (`/api/v1`). */

/** NaN and infinities travel as strings, as JSON has no word for them. */
export type Num = number | "NaN" | "Infinity" | "-Infinity";

export type JobState = "queued" | "starting" | "running" | "completed" | "failed" | "stopped" | "lost";

export interface PrimaryMetric {
  name: string;
  direction: "max" | "min";
  source: "computed" | "reported";
}

export interface JobProgress {
  epoch: number;
  epochs: number;
  /** Of the whole job, 0 to 1. */
  fraction: number;
  phase: string;
  message: string | null;
  eta_seconds: number | null;
}

export interface JobDataset {
  id: number;
  name: string;
  snapshot: string;
  class_names: string[];
}

export interface Job {
  id: number;
  client_id: string;
  name: string;
  state: JobState;
  trainer: string;
  task: string;
  model: string;
  epochs: number;
  params: Record<string, unknown>;
  resources: Record<string, unknown>;
  launcher: string;
  dataset: JobDataset | null;
  primary_metric: PrimaryMetric;
  attempt: number;
  progress: JobProgress | null;
  best_epoch: number | null;
  best_value: Num | null;
  last_epoch: number | null;
  evaluation_lag: number;
  exit_reason: string | null;
  exit_detail: string | null;
  stop_requested: boolean;
  warnings: string[];
  mlflow_run_id: string | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  heartbeat_at: number | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** step, epoch, unix ms, value */
export type MetricPoint = [step: number, epoch: number | null, time: number, value: Num];

export interface MetricSeries {
  key: string;
  category: string;
  points: MetricPoint[];
}

export interface MetricsAnswer {
  series: MetricSeries[];
}

export interface LivePoint {
  key: string;
  category: string;
  step: number;
  epoch: number | null;
  time: number;
  value: Num;
}

export interface LogLine {
  line: number;
  time: number;
  level: string;
  text: string;
}

export interface Artifact {
  id: number;
  kind: string;
  name: string;
  epoch: number | null;
  size: number;
  sha256: string;
  content_type: string;
  created_at: number;
  metadata: Record<string, unknown>;
  url: string;
}

export interface Problem {
  severity: string;
  code: string;
  message: string;
  file: string | null;
  line: number | null;
}

export interface Snapshot {
  id: number;
  hash: string;
  task: string;
  class_names: string[];
  images: { total: number; by_split: Record<string, number> };
  objects: number;
  classes: { id: number; name: string; objects: number }[];
  bytes: number;
  warnings: Problem[];
  created_at: number;
}

export interface Dataset {
  id: number;
  name: string;
  created_at: number;
  latest: Snapshot | null;
}

export interface DatasetDetail extends Dataset {
  snapshots: Snapshot[];
}

export interface ResultRow {
  epoch: number;
  primary_metric_value: Num | null;
  /** As the framework reported them. */
  metrics: Record<string, Num>;
  /** As Snellen computed them from the prediction set. */
  computed: Record<string, Num> | null;
  overall_loss: Num | null;
  evaluated: boolean;
  evaluation_error: string | null;
  has_predictions: boolean;
  created_at: number;
}

export interface ResultList extends Page<ResultRow> {
  best_epoch: number | null;
  primary_metric: PrimaryMetric;
}

export interface PerClassRow {
  class_id: number;
  class_name: string;
  truths: number;
  predictions: number;
  tp: number;
  fp: number;
  fn: number;
  precision: Num | null;
  recall: Num | null;
  f1: Num | null;
  ap50?: Num | null;
  ap50_95?: Num | null;
}

export interface ConfusionMatrix {
  labels: string[];
  /** true, predicted, count: indices into labels, only what isn't zero. */
  cells: [number, number, number][];
  truncated: boolean;
}

export interface ConfusionAnswer extends ConfusionMatrix {
  conf: number;
  iou: number;
  per_class: PerClassRow[];
}

export interface ResultDetail extends ResultRow {
  task_type: string;
  class_names: string[];
  thresholds: { score: number; iou: number };
  per_class: PerClassRow[] | null;
  confusion_matrix: ConfusionMatrix | null;
  plots: { name: string; artifact_id: number; url: string; content_type: string }[];
  visualization_urls: Record<string, string>;
  is_best: boolean;
}

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Highlight extends Box {
  kind: "truth" | "prediction";
}

export interface ImageItem {
  image_id: number;
  path: string;
  width: number;
  height: number;
  split: string;
  url: string;
  tp: number;
  fp: number;
  fn: number;
  pairs: number;
  error_score: number;
  highlights: Highlight[];
}

export interface ImagePage extends Page<ImageItem> {
  total_pairs: number;
  total_images: number;
}

export interface Truth extends Box {
  object_id: number;
  class_id: number;
  class_name: string;
  iscrowd: boolean;
  outcome: "tp" | "fn" | "ignored";
  prediction_id: number | null;
  iou: number | null;
}

export interface Prediction extends Box {
  prediction_id: number;
  class_id: number;
  class_name: string;
  score: number;
  outcome: "tp" | "fp" | "ignored";
  object_id: number | null;
  iou: number | null;
}

export interface ImageDetail {
  image_id: number;
  path: string;
  width: number;
  height: number;
  split: string;
  url: string;
  truths: Truth[];
  predictions: Prediction[];
  conf: number;
  iou: number;
}

export interface Curves {
  scores: number[];
  precision: (Num | null)[];
  recall: (Num | null)[];
  f1: (Num | null)[];
  pr: { recall: number[]; precision: (Num | null)[] };
  best_f1: { score: number; value: Num } | null;
  iou: number;
  class_id: number | null;
}

export interface Me {
  name: string;
  kind: string;
}

export interface Health {
  status: string;
  version: string;
}
