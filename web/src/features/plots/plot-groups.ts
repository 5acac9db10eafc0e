import type { Artifact } from "../../api/types";

export interface PlotGroup {
  key: string;
  /** Null: of the whole job. */
  epoch: number | null;
  plots: Artifact[];
}

/** Plots of the whole job first, then by falling epoch; by name within a group, a re-sent one only once. */
export function groupPlots(artifacts: readonly Artifact[]): PlotGroup[] {
  const groups = new Map<number | null, Map<string, Artifact>>();
  for (const artifact of artifacts) {
    if (artifact.kind !== "plot") continue;
    const byName = groups.get(artifact.epoch) ?? new Map<string, Artifact>();
    groups.set(artifact.epoch, byName);
    const known = byName.get(artifact.name);
    if (!known || known.id < artifact.id) byName.set(artifact.name, artifact);
  }
  return [...groups]
    .map(([epoch, byName]) => ({
      key: epoch === null ? "job" : String(epoch),
      epoch,
      plots: [...byName.values()].sort((a, b) => a.name.localeCompare(b.name)),
    }))
    .sort((a, b) => (b.epoch ?? Number.POSITIVE_INFINITY) - (a.epoch ?? Number.POSITIVE_INFINITY));
}
