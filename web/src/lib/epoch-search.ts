/** The chosen epoch, which the address carries from tab to tab of a job. */

export type EpochWish = number | "latest" | "best";

export interface EpochSearch {
  /** Absent: the latest while the job is live, else the best. */
  epoch?: EpochWish;
}

export function readEpochSearch(raw: Record<string, unknown>): EpochSearch {
  const { epoch } = raw;
  if (epoch === "latest" || epoch === "best") return { epoch };
  const number = typeof epoch === "string" && epoch !== "" ? Number(epoch) : epoch;
  return typeof number === "number" && Number.isInteger(number) && number >= 1 ? { epoch: number } : {};
}
