import { expect, it } from "vitest";
import type { Artifact } from "../../api/types";
import { groupPlots } from "./plot-groups";

const artifact = (id: number, kind: string, name: string, epoch: number | null): Artifact => ({
  id,
  kind,
  name,
  epoch,
  key: `k${id}`,
  size: 1,
  sha256: "",
  content_type: "image/png",
  created_at: 0,
  metadata: {},
  url: "",
});

it("groups plots by epoch, those of the whole job first, then the newest", () => {
  const groups = groupPlots([
    artifact(1, "plot", "b.png", 1),
    artifact(2, "plot", "a.png", 1),
    artifact(3, "plot", "r.png", null),
    artifact(4, "plot", "a.png", 2),
    artifact(5, "checkpoint", "best.pt", 2),
  ]);
  expect(groups.map((group) => [group.epoch, group.plots.map((plot) => plot.name)])).toEqual([
    [null, ["r.png"]],
    [2, ["a.png"]],
    [1, ["a.png", "b.png"]],
  ]);
});

it("shows a re-sent plot once, the newer of the two", () => {
  const [group] = groupPlots([artifact(8, "plot", "a.png", 1), artifact(3, "plot", "a.png", 1)]);
  expect(group?.plots.map((plot) => plot.id)).toEqual([8]);
});
