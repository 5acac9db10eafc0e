/** What is asked of the server to draw one epoch, so that all of it can be there before anything of it is drawn. */
import type { UseQueryOptions } from "@tanstack/react-query";
import { confusionMatrixOptions } from "../../api/confusion-matrix";
import { getResultOptions } from "../../api/get-result";
import { resultCurvesOptions } from "../../api/result-curves";
import { resultImageOptions } from "../../api/result-image";
import type { ResultRow } from "../../api/types";
import { parseLines, type ValidationSearch } from "../../lib/validation-search";
import { canExplore, thresholdsOf } from "./view-state";

/** The queries of the panels with the same keys; a panel's query that is missing here comes a moment later. */
export function epochQueries(jobId: number, row: ResultRow, search: ValidationSearch): UseQueryOptions[] {
  const { epoch, task_type: task } = row;
  const { conf, iou } = thresholdsOf(search, task);
  const queries: unknown[] = [getResultOptions(jobId, epoch)];
  if (canExplore(row)) {
    const lines = [null, ...parseLines(search.lines)];
    queries.push(
      confusionMatrixOptions(jobId, epoch, conf, iou),
      ...lines.map((classId) => resultCurvesOptions(jobId, epoch, classId, iou)),
    );
    if (search.image !== undefined) queries.push(resultImageOptions(jobId, epoch, search.image, conf, iou));
  }
  return queries as UseQueryOptions[];
}
