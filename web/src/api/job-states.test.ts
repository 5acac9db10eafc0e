import { expect, it } from "vitest";
import { canResume, stopChoices } from "./job-states";
import type { Job, JobState } from "./types";

const job = (state: JobState, fields: Partial<Job> = {}) =>
  ({ state, stop_requested: false, stop_now: false, launcher: "local", ...fields }) as Job;

it("stops a running job with its epoch or at once, and one that is stopping at once only", () => {
  expect(stopChoices(job("running"))).toEqual(["epoch", "now"]);
  expect(stopChoices(job("running", { stop_requested: true }))).toEqual(["now"]);
  expect(stopChoices(job("running", { stop_requested: true, stop_now: true }))).toEqual([]);
});

it("has one way to stop a job that waits, and none for one that has ended", () => {
  expect(stopChoices(job("queued"))).toEqual(["epoch"]);
  for (const state of ["completed", "failed", "stopped"] as const)
    expect(stopChoices(job(state))).toEqual([]);
});

it("resumes what was stopped, failed or is lost, if Snellen started it", () => {
  const resumable = (
    ["queued", "starting", "running", "completed", "failed", "stopped", "lost"] as const
  ).filter((state) => canResume(job(state)));
  expect(resumable).toEqual(["failed", "stopped", "lost"]);
  expect(canResume(job("stopped", { launcher: "external" }))).toBe(false);
});
