import { useMe } from "../api/get-me";
import type { Scope } from "../api/types";
import { mayIn } from "./permissions";

/** Whether who is logged in may do something in a project; no while that isn't known yet. */
export function useMay(what: Scope, projectId: number): boolean {
  const { data } = useMe();
  return data !== undefined && mayIn(data, what, projectId);
}
