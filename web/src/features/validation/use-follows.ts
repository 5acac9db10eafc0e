import { useState } from "react";

/** Whether without a wish the latest epoch is shown: a job that ends while somebody looks doesn't jump to its best. */
export function useFollows(live: boolean): boolean {
  const [begun] = useState(live);
  return begun || live;
}
