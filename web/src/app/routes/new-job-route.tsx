import { Text } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useJob } from "../../api/get-job";
import { useMe } from "../../api/get-me";
import { useJobArtifacts } from "../../api/job-artifacts";
import { useLaunchers } from "../../api/list-launchers";
import { useListTrainers } from "../../api/list-trainers";
import type { Job, Launcher, Me, Trainer } from "../../api/types";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { beginningOf } from "../../features/new-job/beginning";
import { NewJobPage } from "../../features/new-job/new-job-page";
import { t } from "../../lib/i18n-jobs";
import type { NewJobSearch } from "../../lib/new-job-search";
import { writable } from "../../lib/permissions";
import { useChosenProject } from "../../lib/project-choice";

const route = getRouteApi("/jobs/new");

/** The form, once all is known that it begins with: the trainers, and the job that is cloned. */
export function NewJobRoute() {
  const search = route.useSearch();
  const me = useMe();
  const trainers = useListTrainers();
  const launchers = useLaunchers();
  if (launchers.isError) return <ErrorState error={launchers.error} retry={() => void launchers.refetch()} />;
  if (trainers.isError) return <ErrorState error={trainers.error} retry={() => void trainers.refetch()} />;
  if (!me.data || !trainers.data || !launchers.data) {
    return (
      <>
        <Text c="dimmed" mb="sm" role="status">
          {t("form.asking")}
        </Text>
        <Loading rows={6} />
      </>
    );
  }
  if (writable(me.data).length === 0) {
    return <EmptyState title={t("error.notAllowed")} text={t("form.mayNot")} />;
  }
  const given = {
    me: me.data,
    trainers: trainers.data.items,
    launchers: launchers.data.items,
    search,
  };
  return search.clone === undefined ? <Form {...given} /> : <Clone {...given} id={search.clone} />;
}

interface Given {
  me: Me;
  trainers: readonly Trainer[];
  launchers: readonly Launcher[];
  search: NewJobSearch;
}

function Clone({ id, ...given }: Given & { id: number }) {
  const job = useJob(id);
  if (job.isError && !job.data) return <ErrorState error={job.error} retry={() => void job.refetch()} />;
  if (!job.data) return <Loading rows={6} />;
  return job.data.parent === null ? (
    <Form {...given} clone={job.data} parentCheckpoint={null} />
  ) : (
    <CloneOfChild {...given} clone={job.data} parent={job.data.parent} />
  );
}

/** A clone begins with the same checkpoint, as long as it is there. */
function CloneOfChild({
  clone,
  parent,
  ...given
}: Given & { clone: Job; parent: NonNullable<Job["parent"]> }) {
  const artifacts = useJobArtifacts(parent.job_id);
  if (artifacts.isPending) return <Loading rows={6} />;
  const found = artifacts.data?.find((one) => one.kind === "checkpoint" && one.name === parent.checkpoint);
  return <Form {...given} clone={clone} parentCheckpoint={found?.id ?? null} />;
}

function Form({
  me,
  trainers,
  launchers,
  search,
  clone,
  parentCheckpoint = null,
}: Given & { clone?: Job; parentCheckpoint?: number | null }) {
  const navigate = useNavigate();
  const chosen = useChosenProject();
  const projects = writable(me);
  const beginning = beginningOf({ projects, trainers, launchers, search, chosen, clone, parentCheckpoint });
  return (
    <NewJobPage
      key={beginning.origin}
      me={me}
      projects={projects}
      trainers={trainers}
      launchers={launchers}
      {...beginning}
      onMade={(id) => void navigate({ to: "/jobs/$jobId", params: { jobId: id } })}
    />
  );
}
