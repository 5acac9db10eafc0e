/** The state of a view in the address, and how it changes: a colleague who gets the link sees the same. */
import { useRouter } from "@tanstack/react-router";
import { useCallback, useRef } from "react";

interface Opens {
  /** What lies over the page while it is there, such as an open image. */
  image?: number | undefined;
}

type Go<Search> = (change: (old: Search) => Search, replace: boolean) => void;

/**
 * Changes a part of `search`. With `push` Back leads to what was before. What is closed where Back would lead to the
 * page without it goes back: to open and close ten images leaves no ten entries that change nothing.
 */
export function useViewSearch<Search extends Opens>(
  search: Search,
  go: Go<Search>,
): (patch: Partial<Search>, push?: boolean) => void {
  const { history } = useRouter();
  const opened = useRef<number | null>(null);
  const latest = useRef({ search, go });
  latest.current = { search, go };
  return useCallback(
    (patch, push = false) => {
      const { search, go } = latest.current;
      const here = history.location.state.__TSR_index;
      if (push && patch.image !== undefined) opened.current = here + 1;
      const closes = search.image !== undefined && "image" in patch && patch.image === undefined && !push;
      if (!closes || opened.current !== here) {
        go((old) => ({ ...old, ...patch }), !push);
        return;
      }
      opened.current = null;
      const next = { ...search, ...patch };
      // What was changed while it was open, such as the epoch, stays.
      const leave = history.subscribe(() => {
        leave();
        go(() => next, true);
      });
      history.back();
    },
    [history],
  );
}
