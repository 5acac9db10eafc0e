import { ActionIcon, CopyButton, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useJobArtifacts } from "../../api/job-artifacts";
import { hasEnded } from "../../api/job-states";
import type { Artifact, Job } from "../../api/types";
import { Card } from "../../components/card";
import { Icon, type IconName } from "../../components/icon";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { formatBytes, formatDate } from "../../lib/format";
import { t } from "../../lib/i18n";
import { useMay } from "../../lib/use-may";
import classes from "./artifacts.module.css";

/** Every stored file of the job, with what proves that it is whole. */
export function ArtifactsPanel({ job }: { job: Job }) {
  const query = useJobArtifacts(job.id);
  const [kind, setKind] = useState("");
  const mayWrite = useMay("write", job.project_id);
  const mayRunCode = useMay("run_code", job.project_id);
  const mayBegin = mayWrite && (mayRunCode || !job.runs_code);
  if (query.isPending) return <Loading rows={6} height={32} />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  const all = query.data;
  if (all.length === 0) {
    return (
      <EmptyState
        title={t("artifacts.none")}
        text={hasEnded(job.state) ? undefined : t("artifacts.noneText")}
      />
    );
  }
  const kinds = [...new Set(all.map((artifact) => artifact.kind))].sort();
  const shown = all.filter((artifact) => kind === "" || artifact.kind === kind);
  const bytes = shown.reduce((sum, artifact) => sum + artifact.size, 0);
  return (
    <Card
      title={t("job.tab.artifacts")}
      note={t("artifacts.total", { count: shown.length, size: formatBytes(bytes) })}
      actions={
        <NativeSelect
          size="xs"
          aria-label={t("artifacts.kind")}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value)}
          data={[{ value: "", label: t("artifacts.all") }, ...kinds]}
        />
      }
      flush
    >
      <div className="scroll-x">
        <table className="table">
          <thead>
            <tr>
              <th>{t("artifacts.name")}</th>
              <th>{t("artifacts.kind")}</th>
              <th className="number">{t("artifacts.epoch")}</th>
              <th className="number">{t("artifacts.size")}</th>
              <th>{t("artifacts.sha")}</th>
              <th>{t("artifacts.created")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((artifact) => (
              <Row key={artifact.id} artifact={artifact} job={job} mayBegin={mayBegin} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

interface RowProps {
  artifact: Artifact;
  job: Job;
  /** Whether one may begin another job with its weights. */
  mayBegin: boolean;
}

function Row({ artifact, job, mayBegin }: RowProps) {
  const command = mayBegin && artifact.kind === "checkpoint" ? fineTune(job, artifact) : null;
  return (
    <tr data-testid="artifact-row">
      <td>
        <a className={classes.name} href={artifact.url} download={artifact.name}>
          <Icon name="download" size={14} />
          {artifact.name}
        </a>
        <EpochMark artifact={artifact} job={job} />
        {command === null ? null : (
          <Copy
            value={command}
            label={t("artifacts.copyFrom", { name: artifact.name, command })}
            icon="terminal"
          />
        )}
      </td>
      <td>{artifact.kind}</td>
      <td className="number">{artifact.epoch ?? "–"}</td>
      <td className={`number ${classes.nowrap}`}>{formatBytes(artifact.size)}</td>
      <td className={classes.nowrap}>
        <code title={artifact.sha256}>{artifact.sha256.slice(0, 12)}</code>
        <Copy value={artifact.sha256} label={t("artifacts.copySha", { name: artifact.name })} icon="copy" />
      </td>
      <td className={classes.nowrap}>{formatDate(artifact.created_at)}</td>
    </tr>
  );
}

/** Which checkpoint is the best epoch's and which the last one's. */
function EpochMark({ artifact, job }: { artifact: Artifact; job: Job }) {
  if (artifact.kind !== "checkpoint" || artifact.epoch === null) return null;
  const marks = [
    artifact.epoch === job.best_epoch ? t("artifacts.best") : null,
    artifact.epoch === job.last_epoch ? t("artifacts.last") : null,
  ].filter((mark) => mark !== null);
  return marks.map((mark) => (
    <span key={mark} className={classes.mark}>
      {mark}
    </span>
  ));
}

/** What a terminal is told to begin a new job with this checkpoint; null where a trainer needs more than that. */
function fineTune(job: Job, checkpoint: Artifact): string | null {
  if (job.trainer === "script" || job.launcher === "external") return null;
  const dataset = job.dataset?.name ? quote(job.dataset.name) : "DATASET";
  return `snellen train --from ${quote(`${job.id}:${checkpoint.name}`)} --dataset ${dataset} --epochs ${job.epochs}`;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function Copy({ value, label, icon }: { value: string; label: string; icon: IconName }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          title={label}
          aria-label={label}
          onClick={copy}
          data-testid={`copy-${icon}`}
        >
          <Icon name={copied ? "check" : icon} size={13} />
        </ActionIcon>
      )}
    </CopyButton>
  );
}
