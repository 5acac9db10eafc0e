/** Cache keys in one place: a live event must reach the queries that it changes. */

export const keys = {
  me: ["me"] as const,
  health: ["health"] as const,
  authMethods: ["auth-methods"] as const,
  tokens: ["tokens"] as const,
  sessions: ["sessions"] as const,
  users: ["users"] as const,
  projects: ["projects"] as const,
  project: (id: number) => ["projects", id] as const,
  members: (id: number) => ["projects", id, "members"] as const,
  audit: ["audit"] as const,
  /** All lists; with the query at its end, one. */
  jobs: ["jobs", "list"] as const,
  jobKinds: ["jobs", "kinds"] as const,
  trainers: ["trainers"] as const,
  job: (id: number) => ["jobs", id] as const,
  jobDetail: (id: number) => ["jobs", id, "detail"] as const,
  metrics: (id: number) => ["jobs", id, "metrics"] as const,
  lastLines: (id: number) => ["jobs", id, "lastLines"] as const,
  logMatches: (id: number, search: string, level: string) =>
    ["jobs", id, "logMatches", search, level] as const,
  logs: (id: number) => ["jobs", id, "logs"] as const,
  artifacts: (id: number) => ["jobs", id, "artifacts"] as const,
  results: (id: number) => ["jobs", id, "results"] as const,
  result: (id: number, epoch: number) => ["jobs", id, "result", epoch] as const,
  mlflow: ["mlflow"] as const,
  run: (id: string) => ["mlflow", "run", id] as const,
  datasets: ["datasets", "list"] as const,
  imports: ["datasets", "imports", "list"] as const,
  import: (id: number) => ["datasets", "imports", id] as const,
  upload: (id: string) => ["datasets", "uploads", id] as const,
  /** Everything of a dataset. */
  datasetAll: (id: number) => ["datasets", id] as const,
  dataset: (id: number) => ["datasets", id, "detail"] as const,
  snapshot: (id: number, hash: string) => ["datasets", id, "snapshots", hash] as const,
};
