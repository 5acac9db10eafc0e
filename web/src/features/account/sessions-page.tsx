import { Button } from "@mantine/core";
import { useEndSessions } from "../../api/end-session";
import { useListSessions } from "../../api/list-sessions";
import type { LoginSession } from "../../api/types";
import { Card } from "../../components/card";
import { Notice } from "../../components/notice";
import { ErrorState, Loading } from "../../components/page-state";
import { Tag } from "../../components/tag";
import { formatAgo, formatDate } from "../../lib/format";
import { t } from "../../lib/i18n-people";
import { useNow } from "../../lib/use-now";
import { useTitle } from "../../lib/use-title";
import classes from "./account.module.css";
import { browserName } from "./browser-name";

const MINUTE = 60_000;

/** The browsers that are logged in to one's account. */
export function SessionsPage() {
  useTitle(t("sessions.title"));
  const query = useListSessions();
  const end = useEndSessions();
  const now = useNow(MINUTE);
  if (!query.data) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={3} />
    );
  }
  const { items } = query.data;
  const others = items.filter((one) => !one.current).map((one) => one.id);
  return (
    <div className={classes.page}>
      {end.isError ? <Notice tone="bad">{end.error.message || t("error.unreachable")}</Notice> : null}
      <Card
        title={t("sessions.title")}
        note={t("sessions.count", { count: items.length })}
        actions={
          others.length > 0 ? (
            <Button
              size="xs"
              variant="default"
              loading={end.isPending && end.variables.length > 1}
              onClick={() => end.mutate(others)}
              data-testid="end-others"
            >
              {t("sessions.endOthers")}
            </Button>
          ) : null
        }
        flush
      >
        <table className="table stacked">
          <thead>
            <tr>
              <th>{t("sessions.browser")}</th>
              <th>{t("sessions.address")}</th>
              <th>{t("sessions.since")}</th>
              <th>{t("sessions.seen")}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <Row
                key={one.id}
                session={one}
                now={now}
                pending={end.isPending}
                onEnd={() => end.mutate([one.id])}
              />
            ))}
          </tbody>
        </table>
      </Card>
    </div>
  );
}

interface RowProps {
  session: LoginSession;
  now: number;
  pending: boolean;
  onEnd: () => void;
}

function Row({ session, now, pending, onEnd }: RowProps) {
  return (
    <tr data-testid="session" data-current={session.current}>
      <td className={classes.agent} title={session.agent ?? undefined}>
        <span className={classes.tags}>
          {browserName(session.agent)}
          {session.current ? <Tag tone="accent">{t("sessions.this")}</Tag> : null}
        </span>
      </td>
      <td data-label={t("sessions.address")}>{session.address ?? "–"}</td>
      <td data-label={t("sessions.since")} title={formatDate(session.created_at)}>
        {formatAgo(session.created_at, now)}, {openedBy(session.opened_by)}
      </td>
      <td data-label={t("sessions.seen")}>{formatAgo(session.seen_at, now)}</td>
      <td className="number">
        {session.current ? null : (
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            disabled={pending}
            onClick={onEnd}
            data-testid="end-session"
          >
            {t("sessions.end")}
          </Button>
        )}
      </td>
    </tr>
  );
}

const WAYS = ["password", "sso", "token", "link"] as const;

function openedBy(way: string): string {
  const known = WAYS.find((one) => one === way);
  return known ? t(`sessions.by.${known}`) : way;
}
