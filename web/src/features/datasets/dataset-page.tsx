export function DatasetPage({ datasetId }: { datasetId: number }) {
  return datasetId;
}
