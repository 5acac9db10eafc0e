import { Button, Checkbox, Group, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useDatasetDependents } from "../../api/dataset-dependents";
import { useDeleteDataset } from "../../api/delete-dataset";
import type { DatasetDetail, Dependents } from "../../api/types";
import { Dialog } from "../../components/dialog";
import { ErrorState, Loading } from "../../components/page-state";
import { StateBadge } from "../../components/state-badge";
import { t } from "../../lib/i18n-datasets";
import { shortHash } from "../../lib/snapshot-text";
import classes from "./versions.module.css";

interface Props {
  dataset: DatasetDetail;
  /** Hash of the one to delete; null: the dataset as a whole. */
  snapshot: string | null;
  onClose: () => void;
  /** Leaves what was deleted. */
  leave: () => Promise<void>;
}

/** Shows what depends on it first; then nothing goes unless somebody says so twice. */
export function DeleteDialog({ dataset, snapshot, onClose, leave }: Props) {
  const dependents = useDatasetDependents(dataset.id, snapshot);
  const remove = useDeleteDataset(dataset.id, leave);
  const [anyway, setAnyway] = useState(false);
  const [typed, setTyped] = useState("");
  const used = (dependents.data?.total ?? 0) > 0;
  const allowed = dependents.data !== undefined && (!used || (anyway && typed === dataset.name));
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (allowed) remove.mutate({ snapshot, force: used });
  };
  return (
    <Dialog
      opened
      onClose={onClose}
      centered
      title={
        snapshot === null
          ? t("delete.title", { name: dataset.name })
          : t("delete.titleVersion", { hash: shortHash(snapshot), name: dataset.name })
      }
    >
      <form className={classes.dialog} onSubmit={onSubmit} data-testid="delete-dialog">
        <Text c="dimmed">{t(snapshot === null ? "delete.text" : "delete.textVersion")}</Text>
        {dependents.data ? (
          <DependentJobs dependents={dependents.data} />
        ) : dependents.isError ? (
          <ErrorState error={dependents.error} retry={() => void dependents.refetch()} />
        ) : (
          <Loading rows={2} />
        )}
        {used ? (
          <>
            <Checkbox
              label={t("delete.anyway")}
              description={t("delete.anywayHint")}
              checked={anyway}
              onChange={(event) => setAnyway(event.currentTarget.checked)}
              data-testid="delete-anyway"
            />
            <TextInput
              label={t("delete.type", { name: dataset.name })}
              value={typed}
              disabled={!anyway}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setTyped(event.currentTarget.value)}
              data-testid="delete-name"
            />
          </>
        ) : null}
        {remove.isError ? (
          <Text c="red" role="alert">
            {t("delete.failed", { detail: remove.error.message || t("error.unreachable") })}
          </Text>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" size="xs" onClick={onClose}>
            {t("delete.keep")}
          </Button>
          <Button
            type="submit"
            color="red"
            size="xs"
            disabled={!allowed}
            loading={remove.isPending}
            data-testid="confirm-delete"
          >
            {t(snapshot === null ? "delete.datasetButton" : "delete.versionButton")}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}

function DependentJobs({ dependents: { jobs, total } }: { dependents: Dependents }) {
  if (total === 0) return <p>{t("delete.unused")}</p>;
  return (
    <div data-testid="dependents">
      <p>{t("delete.used", { count: total })}</p>
      <ul className={classes.jobs}>
        {jobs.map((job) => (
          <li key={job.id}>
            <Link to="/jobs/$jobId" params={{ jobId: job.id }}>
              {job.name}
            </Link>
            <StateBadge state={job.state} />
          </li>
        ))}
        {total > jobs.length ? <li>{t("delete.more", { count: total - jobs.length })}</li> : null}
      </ul>
    </div>
  );
}
