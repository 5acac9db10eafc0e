import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { earlierLines, type Logs, mergeLines, useJobLogs } from "../../api/job-logs";
import { hasEnded } from "../../api/job-states";
import { keys } from "../../api/keys";
import type { Job, LogLine } from "../../api/types";
import { FilterField } from "../../components/filter-field";
import { Icon } from "../../components/icon";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n";
import { LogTail } from "./log-tail";
import classes from "./logs.module.css";

export function LogsPanel({ job }: { job: Job }) {
  const query = useJobLogs(job.id);
  const client = useQueryClient();
  const [filter, setFilter] = useState("");
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const lines = query.data?.lines;
  const shown = useMemo(() => matching(lines ?? [], filter), [lines, filter]);

  if (query.isPending) return <Loading rows={8} height={20} />;
  if (query.isError && !lines) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  const first = lines?.[0];
  if (!lines || !first) {
    return <EmptyState title={t("logs.none")} text={hasEnded(job.state) ? undefined : t("logs.noneText")} />;
  }
  const loadEarlier = async () => {
    setLoading(true);
    setProblem(null);
    try {
      const earlier = await earlierLines(job.id, first.line);
      client.setQueryData<Logs>(keys.logs(job.id), (old) => ({
        lines: mergeLines(old?.lines ?? [], earlier, "oldest"),
      }));
    } catch (error) {
      setProblem(error);
    } finally {
      setLoading(false);
    }
  };
  return (
    <>
      <div className={classes.tools}>
        <FilterField
          className={classes.filter}
          label={t("logs.filter")}
          value={filter}
          onChange={setFilter}
        />
        <span className={classes.count}>{t("logs.lines", { count: shown.length })}</span>
        <span className={classes.actions}>
          {first.line > 1 ? (
            <Button variant="default" size="xs" loading={loading} onClick={() => void loadEarlier()}>
              {t("logs.earlier")}
            </Button>
          ) : null}
          <Button
            variant="default"
            size="xs"
            leftSection={<Icon name="download" size={14} />}
            onClick={() => save(`job-${job.id}.log`, lines)}
          >
            {t("common.download")}
          </Button>
        </span>
      </div>
      {problem ? <ErrorState error={problem} /> : null}
      {shown.length === 0 ? (
        <EmptyState title={t("logs.noMatch", { text: filter })} />
      ) : (
        <LogTail lines={shown} />
      )}
    </>
  );
}

function matching(lines: readonly LogLine[], filter: string): readonly LogLine[] {
  const wanted = filter.trim().toLowerCase();
  return wanted === "" ? lines : lines.filter((line) => line.text.toLowerCase().includes(wanted));
}

function save(name: string, lines: readonly LogLine[]): void {
  const url = URL.createObjectURL(
    new Blob([lines.map((line) => `${line.text}\n`).join("")], { type: "text/plain" }),
  );
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
