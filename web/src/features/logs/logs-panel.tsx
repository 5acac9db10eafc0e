import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { useJobLogs } from "../../api/job-logs";
import { hasEnded } from "../../api/job-states";
import { useLogMatches } from "../../api/log-matches";
import type { Job, LogLine } from "../../api/types";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n";
import type { LogSearch } from "../../lib/log-search";
import { useStored } from "../../lib/use-stored";
import { LogBox } from "./log-box";
import { LogTools } from "./log-tools";
import { useHeldLines } from "./use-held-lines";

const WAIT_MS = 250;
const NONE: readonly LogLine[] = [];

interface Props {
  job: Job;
  search: LogSearch;
  onChange: (patch: LogSearch) => void;
}

export function LogsPanel({ job, search, onChange }: Props) {
  const live = useJobLogs(job.id);
  const { held, problem, show, earlier, later } = useHeldLines(
    job.id,
    live.data?.lines ?? NONE,
    search.level,
  );
  const [text, setText] = useState(search.find ?? "");
  const [find] = useDebouncedValue(text, WAIT_MS);
  const [wrap, setWrap] = useStored("logs.wrap", true);
  const found = useLogMatches(job.id, find, search.level, !hasEnded(job.state));
  const matches = find === "" || found.isPlaceholderData ? undefined : found.data;
  const match = matches && search.line !== undefined ? matches.lines.indexOf(search.line) : -1;
  const line = search.line ?? null;

  const state = useRef({ show, held, line, onChange, search });
  state.current = { show, held, line, onChange, search };
  // biome-ignore lint/correctness/useExhaustiveDependencies: other lines are asked for when the level changes
  useEffect(() => void state.current.show(state.current.line), [search.level, job.id]);
  useEffect(() => {
    const { held, show } = state.current;
    if (line !== null && held && !held.lines.some((one) => one.line === line)) void show(line);
  }, [line]);
  useEffect(() => {
    const { search, onChange } = state.current;
    if ((search.find ?? "") !== find) onChange({ find: find || undefined });
  }, [find]);
  // The first answer to another text leads to its match: the one after the line pointed at, else the newest.
  const led = useRef(search.find ?? "");
  useEffect(() => {
    if (!matches || led.current === find) return;
    led.current = find;
    const { line, onChange } = state.current;
    const next =
      matches.lines.find((one) => one >= (line ?? Number.POSITIVE_INFINITY)) ?? matches.lines.at(-1);
    if (next !== undefined) onChange({ line: next });
  }, [matches, find]);

  const step = (by: number) => {
    if (!matches || matches.lines.length === 0) return;
    const count = matches.lines.length;
    const from = match >= 0 ? match : matches.lines.findIndex((one) => one > (line ?? 0)) - (by > 0 ? 1 : 0);
    onChange({ line: matches.lines[(from + by + count) % count] });
  };
  if (problem && !held) return <ErrorState error={problem} retry={() => void show(line)} />;
  if (!held) return <Loading rows={8} height={20} />;
  if (held.lines.length === 0 && search.level === undefined) {
    return (
      <EmptyState title={t("logs.none")} text={t(hasEnded(job.state) ? "logs.noneEnded" : "logs.noneText")} />
    );
  }
  return (
    <>
      <LogTools
        jobId={job.id}
        text={text}
        onText={setText}
        matches={matches}
        match={match}
        onStep={step}
        level={search.level}
        onLevel={(level) => onChange({ level })}
        onLine={(to) => onChange({ line: to })}
        wrap={wrap}
        onWrap={setWrap}
      />
      {problem ? <ErrorState error={problem} retry={() => void show(line)} /> : null}
      {held.lines.length === 0 ? (
        <EmptyState title={t("logs.noneOfLevel")} text={t("logs.noneOfLevelText")} />
      ) : (
        <LogBox
          held={held}
          line={line}
          find={find}
          wrap={wrap}
          onEarlier={earlier}
          onLater={later}
          onLine={(to) => onChange({ line: to })}
          onFollow={() => {
            onChange({ line: undefined });
            if (!held.end) void show(null);
          }}
        />
      )}
    </>
  );
}
