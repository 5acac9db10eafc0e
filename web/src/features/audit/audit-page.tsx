import { Button } from "@mantine/core";
import { type AuditFilter, useListAudit } from "../../api/list-audit";
import type { Me } from "../../api/types";
import { Card } from "../../components/card";
import { LoadMore } from "../../components/load-more";
import { PageHead } from "../../components/page-head";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { type AuditPatch, type AuditSearch, endOf, startOf } from "../../lib/audit-search";
import { t } from "../../lib/i18n-people";
import { administers, mayIn } from "../../lib/permissions";
import { useTitle } from "../../lib/use-title";
import { AuditFilters } from "./audit-filters";
import { AuditTable } from "./audit-table";
import { useExport } from "./use-export";

interface Props {
  me: Me;
  search: AuditSearch;
  onChange: (patch: AuditPatch) => void;
}

/** Who did what: all for administrators of the server, a project's for its own. */
export function AuditPage({ me, search, onChange }: Props) {
  useTitle(t("audit.title"));
  const projects = me.projects.filter((one) => mayIn(me, "admin", one.id));
  if (!administers(me) && projects.length === 0) {
    return <EmptyState title={t("error.notAllowed")} text={t("audit.onlyAdmins")} />;
  }
  return <Entries all={administers(me)} projects={projects} search={search} onChange={onChange} />;
}

interface EntriesProps extends Omit<Props, "me"> {
  /** Whether entries without a project are seen too. */
  all: boolean;
  projects: Me["projects"];
}

function Entries({ all, projects, search, onChange }: EntriesProps) {
  const filter = filterOf(search, all ? undefined : projects[0]?.id);
  const query = useListAudit(filter);
  const exporting = useExport(filter);
  const entries = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHead
        title={t("audit.title")}
        actions={
          <Button
            size="xs"
            variant="default"
            loading={exporting.isPending}
            disabled={entries.length === 0}
            onClick={() => exporting.mutate()}
            data-testid="export-audit"
          >
            {t("audit.export")}
          </Button>
        }
        text={t(all ? "audit.text" : "audit.textProject")}
      />
      {exporting.isError ? <ErrorState error={exporting.error} /> : null}
      <AuditFilters all={all} projects={projects} search={search} onChange={onChange} />
      {query.data ? (
        <Card title={t("audit.entries")} flush>
          {entries.length === 0 ? (
            <EmptyState title={t("audit.none")} text={t("audit.noneText")} />
          ) : (
            <AuditTable entries={entries} projects={projects} />
          )}
        </Card>
      ) : query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Loading rows={8} />
      )}
      <LoadMore query={query} />
    </>
  );
}

/** `usual` is the project where the address names none. */
function filterOf(search: AuditSearch, usual: number | undefined): AuditFilter {
  return {
    project: search.project ?? usual,
    user: search.actor,
    action: search.action,
    since: search.since === undefined ? undefined : (startOf(search.since) ?? undefined),
    until: search.until === undefined ? undefined : (endOf(search.until) ?? undefined),
  };
}
