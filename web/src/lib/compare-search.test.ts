import { expect, it } from "vitest";
import { jobIdsOf, patchCompare, readCompareSearch, runIdsOf, withJobs } from "./compare-search";

it("reads numbers of jobs however they were written and keeps each once", () => {
  expect(jobIdsOf(readCompareSearch({ jobs: "3, 7,12,7" }))).toEqual([3, 7, 12]);
  expect(jobIdsOf(readCompareSearch({ jobs: 5 }))).toEqual([5]);
  expect(jobIdsOf(readCompareSearch({ jobs: [4, "6"] }))).toEqual([4, 6]);
});

it("leaves out what is none", () => {
  expect(
    readCompareSearch({ jobs: "0,-1,x,1.5", runs: "a/b", base: "first", fate: "lost", same: "no" }),
  ).toEqual({});
  expect(jobIdsOf(readCompareSearch({ jobs: "x,8" }))).toEqual([8]);
  expect(runIdsOf(readCompareSearch({ runs: "0af3,../x" }))).toEqual(["0af3"]);
});

it("forgets the baseline and the images of a job that is taken out", () => {
  const search = readCompareSearch({ jobs: "1,2,3", base: 2, with: 3, epoch: 4, baseEpoch: 9, same: true });
  expect(withJobs(search, [1, 3])).toEqual({ jobs: "1,3", with: 3, same: true });
  expect(withJobs(search, [2, 3])).toEqual({ ...search, jobs: "2,3" });
});

it("drops from the address what is not chosen", () => {
  expect(patchCompare({ jobs: "1,2", fate: "broken" }, { fate: undefined, sort: "better" })).toEqual({
    jobs: "1,2",
    sort: "better",
  });
});
