import { useCallback, useEffect, useRef, useState } from "react";
import { type Level, logLines, TAIL } from "../../api/job-logs";
import type { LogLine } from "../../api/types";
import { type Held, isOfLevel, withEarlier, withLater } from "./held-lines";

const AROUND = 250;

/** A part of a log of any length: around a line, or its newest lines, which go on with the live ones. */
export function useHeldLines(jobId: number, live: readonly LogLine[], level: Level | undefined) {
  const [held, setHeld] = useState<Held | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  /** What is asked for last counts; answers to what was asked before are dropped. */
  const asked = useRef(0);
  const busy = useRef(false);

  const ask = useCallback(async (load: () => Promise<(old: Held | null) => Held | null>) => {
    asked.current += 1;
    const mine = asked.current;
    busy.current = true;
    try {
      const change = await load();
      if (mine !== asked.current) return;
      setProblem(null);
      setHeld(change);
    } catch (error) {
      if (mine === asked.current) setProblem(error);
    } finally {
      if (mine === asked.current) busy.current = false;
    }
  }, []);

  const filter = level === undefined ? {} : { level };
  const show = (line: number | null) =>
    ask(async () => {
      if (line === null) {
        const page = await logLines(jobId, { ...filter, tail: TAIL });
        return () => ({ lines: page.items, start: page.items[0]?.line === 1, end: true });
      }
      const [before, after] = await Promise.all([
        logLines(jobId, { ...filter, before: line + 1, limit: AROUND }),
        logLines(jobId, { ...filter, after: line, limit: AROUND }),
      ]);
      const lines = [...before.items, ...after.items];
      return () => ({ lines, start: lines[0]?.line === 1, end: after.next_cursor === null });
    });
  const earlier = () => {
    const first = held?.lines[0]?.line;
    if (busy.current || !held || held.start || first === undefined) return;
    void ask(async () => {
      const page = await logLines(jobId, { ...filter, before: first, limit: TAIL });
      return (old) => (old ? withEarlier(old, page.items) : old);
    });
  };
  const later = () => {
    const last = held?.lines[held.lines.length - 1]?.line;
    if (busy.current || !held || held.end || last === undefined) return;
    void ask(async () => {
      const page = await logLines(jobId, { ...filter, after: last, limit: TAIL });
      return (old) => (old ? withLater(old, page.items, page.next_cursor === null) : old);
    });
  };

  const latest = useRef({ show, held });
  latest.current = { show, held };
  useEffect(() => {
    const { held } = latest.current;
    if (!held?.end) return;
    const last = held.lines[held.lines.length - 1]?.line ?? 0;
    // After a break of the connection there may be a hole before what is live.
    if (level === undefined && (live[0]?.line ?? 1) > last + 1) void latest.current.show(null);
    else
      setHeld((old) =>
        old?.end
          ? withLater(
              old,
              live.filter((line) => isOfLevel(line, level)),
              true,
            )
          : old,
      );
  }, [live, level]);

  return { held, problem, show, earlier, later };
}
