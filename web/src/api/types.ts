/** Short names for the shapes of the HTTP API, which are generated: `make openapi`. */
import type { components, operations } from "./schema";

type Schemas = components["schemas"];

/** NaN and infinities travel as strings, as JSON has no word for them. */
export type Num = number | "NaN" | "Infinity" | "-Infinity";

export type Job = Schemas["JobOut"];
export type JobState = Schemas["JobState"];
export type JobRow = Schemas["JobRow"];
export type JobPage = Schemas["JobPage"];
export type JobKinds = Schemas["JobKinds"];
export type JobChange = Schemas["JobChange"];
/** What isn't given has its default. */
export type ResourcesIn = Partial<Schemas["ResourcesIn"]>;
export type JobCreate = Omit<Schemas["JobCreate"], "resources" | "restarts"> & {
  resources?: ResourcesIn;
  restarts?: number;
};
export type JobCreated = Schemas["JobCreated"];
export type Trainer = Schemas["TrainerOut"];
export type TrainerList = Schemas["TrainerList"];
export type Resources = Schemas["ResourcesOut"];
export type Launcher = Schemas["LauncherOut"];
export type LauncherList = Schemas["LauncherList"];
export type Queue = Schemas["Queue"];
export type LauncherQueue = Schemas["LauncherQueue"];
export type RunningJob = Schemas["RunningJob"];
export type QueuedJob = Schemas["QueuedJob"];
export type PrimaryMetric = Schemas["PrimaryMetricOut"];

/** A search for good hyperparameters, whose trials are jobs. */
export type Sweep = Schemas["SweepOut"];
export type SweepRow = Schemas["SweepRow"];
export type SweepPage = Schemas["SweepPage"];
export type SweepState = Schemas["SweepState"];
export type Trial = Schemas["TrialOut"];
export type Importances = Schemas["Importances"];
/** What isn't given has its default. */
export type SweepCreate = Omit<Schemas["SweepCreate"], "job" | "method"> & {
  job: Partial<JobCreate> & { epochs: number };
  method: Schemas["Method"];
};

export type MetricSeries = Schemas["Series"];
export type MetricPoint = MetricSeries["points"][number];
export type MetricsAnswer = Schemas["MetricsOut"];
export type Category = Schemas["Category"];

export type LogLine = Schemas["LogLineOut"];
export type LogMatches = Schemas["LogMatches"];
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
export type UploadState = Schemas["UploadState"];
export type ImportReport = Schemas["Report"];

export type DatasetImageItem = Schemas["ImageRow"];
export type DatasetImagePage = Schemas["DatasetImagePage"];
export type DatasetImage = Schemas["DatasetImageDetail"];
export type DatasetObject = Schemas["ImageObject"];
export type DatasetStatistics = Schemas["Statistics"];
export type DatasetProblem = Schemas["ImageProblem"];
export type DatasetProblemPage = Schemas["ProblemPage"];
export type Comparison = Schemas["ComparisonOut"];
export type ComparisonItem = Schemas["ChangedImage"];
export type Dependents = Schemas["Dependents"];

export type ResultRow = Schemas["ResultRow"];
export type ImageHistory = Schemas["ImageHistory"];
export type HistoryRow = Schemas["HistoryRow"];
export type ResultList = Schemas["ResultPage"];
export type ResultDetail = Schemas["ResultDetail"];
export type PerClassRow = Schemas["PerClass"];
export type ClassAtRow = Schemas["ClassAt"];
export type Task = Schemas["Task"];
export type ConfusionMatrix = Schemas["Matrix"];
export type ConfusionAnswer = Schemas["MatrixAt"];
export type ImageItem = Schemas["ImageItem"];
export type Highlight = Schemas["Highlight"];
export type ImagePage = Schemas["ImagePage"];
export type Neighbours = Schemas["Neighbours"];
export type ObjectItem = Schemas["ObjectItem"];
export type ObjectPage = Schemas["ObjectPage"];
export type LabelError = Schemas["LabelError"];
export type LabelErrors = Schemas["LabelErrorsOut"];
export type SuspectKind = LabelError["kind"];
export type ImageDetail = Schemas["ImageDetail"];
export type Truth = Schemas["TruthOut"];
export type Prediction = Schemas["PredictionOut"];
type ImagesQuery = NonNullable<operations["validation_images"]["parameters"]["query"]>;
export type ImagesSort = NonNullable<ImagesQuery["sort"]>;
export type ObjectsSort = NonNullable<
  NonNullable<operations["validation_objects"]["parameters"]["query"]>["sort"]
>;
/** Of an object, by its area, as COCO has them. */
export type ObjectSize = NonNullable<ImagesQuery["size"]>;
/** A kind of error, as TIDE tells them apart. */
export type ErrorKind = NonNullable<ImagesQuery["error"]>;
export type ErrorTypes = Schemas["ErrorTypesOut"];
export type Calibration = Schemas["CalibrationOut"];
export type CalibrationBin = Schemas["CalibrationBin"];
export type OperatingPoints = Schemas["OperatingPointsOut"];
export type OperatingPoint = Schemas["OperatingPointOut"];
export type KeypointAccuracy = Schemas["KeypointsOut"];
export type Overlap = Schemas["OverlapOut"];
export type Curves = Schemas["CurvesOut"];

export type Me = Schemas["Me"];
export type MyProject = Schemas["MyProject"];
export type Role = Schemas["Role"];
/** What a request needs in a project, and what a token may be good for. */
export type Scope = Schemas["Permission"];
export type AuthMethods = Schemas["Methods"];
export type LoginSession = Schemas["SessionOut"];
export type SessionList = Schemas["SessionList"];
export type ApiToken = Schemas["TokenOut"];
export type TokenList = Schemas["TokenList"];
export type TokenCreate = Schemas["TokenCreate"];
export type NewToken = Schemas["TokenCreated"];
export type User = Schemas["UserOut"];
export type UserPage = Schemas["UserPage"];
export type UserCreate = Schemas["UserCreate"];
export type SetupLink = Schemas["Link"];
export type Project = Schemas["ProjectOut"];
export type ProjectList = Schemas["ProjectList"];
export type Member = Schemas["MemberOut"];
export type MemberList = Schemas["MemberList"];
export type AuditEntry = Schemas["AuditOut"];
export type AuditPage = Schemas["AuditPage"];

/** The connected MLflow, and what is in it. */
export type Tracker = Schemas["TrackerOut"];
export type ExperimentList = Schemas["ExperimentList"];
export type Run = Schemas["RunOut"];
export type RunRow = Schemas["RunRow"];
export type RunPage = Schemas["RunPage"];
export type RunMetrics = Schemas["RunMetricsOut"];

/** Two results image by image. */
export type ImageChanges = Schemas["ChangesOut"];
export type ImageChange = Schemas["ImageChange"];
export type ImageFate = Schemas["Change"];

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
