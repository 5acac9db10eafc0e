import { ActionIcon } from "@mantine/core";
import { Fragment, useId, useState } from "react";
import type { AuditEntry, MyProject } from "../../api/types";
import { Icon } from "../../components/icon";
import { formatDate } from "../../lib/format";
import { t } from "../../lib/i18n-people";
import classes from "./audit.module.css";

/** How it was known who asked, where nobody was known. */
const NOBODY = "none";

interface Props {
  entries: readonly AuditEntry[];
  /** Those whose names are known. */
  projects: readonly MyProject[];
}

export function AuditTable({ entries, projects }: Props) {
  return (
    <table className="table stacked">
      <thead>
        <tr>
          <th>{t("audit.time")}</th>
          <th>{t("audit.who")}</th>
          <th>{t("audit.action")}</th>
          <th>{t("audit.target")}</th>
          <th>{t("projects.project")}</th>
          <th>{t("audit.address")}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {entries.map((one) => (
          <Row key={one.id} entry={one} project={nameOf(one, projects)} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ entry, project }: { entry: AuditEntry; project: string }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const facts = factsOf(entry);
  return (
    <Fragment>
      <tr data-testid="audit-entry" data-action={entry.action}>
        <td className={classes.time}>{formatDate(entry.at)}</td>
        <td data-label={t("audit.who")}>
          <span className={classes.who}>
            {entry.actor}
            {entry.via === NOBODY ? null : (
              <span className={classes.minor}>{entry.via_name ?? entry.via}</span>
            )}
          </span>
        </td>
        <td data-label={t("audit.action")}>
          <code>{entry.action}</code>
        </td>
        <td data-label={t("audit.target")} className={classes.target}>
          {entry.target || "–"}
        </td>
        <td data-label={t("projects.project")}>{project}</td>
        <td data-label={t("audit.address")}>{entry.address ?? "–"}</td>
        <td className="number">
          {facts.length > 0 ? (
            <ActionIcon
              size="sm"
              variant="subtle"
              color="gray"
              aria-expanded={open}
              aria-controls={id}
              aria-label={t("audit.details")}
              onClick={() => setOpen(!open)}
              data-testid="audit-details"
            >
              <Icon name={open ? "up" : "down"} size={14} />
            </ActionIcon>
          ) : null}
        </td>
      </tr>
      {open ? (
        <tr id={id} className={classes.open}>
          <td colSpan={7}>
            <dl className={classes.facts}>
              {facts.map(([name, value]) => (
                <Fragment key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </Fragment>
              ))}
            </dl>
          </td>
        </tr>
      ) : null}
    </Fragment>
  );
}

function nameOf({ project_id: id }: AuditEntry, projects: readonly MyProject[]): string {
  if (id === null) return "–";
  return projects.find((one) => one.id === id)?.name ?? `#${id}`;
}

function factsOf({ detail, request_id: request }: AuditEntry): [string, string][] {
  const facts = Object.entries(detail ?? {}).map(([name, value]): [string, string] => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return request ? [...facts, [t("audit.request"), request]] : facts;
}
