import { Button } from "@mantine/core";
import { useState } from "react";
import { useListUsers } from "../../api/list-users";
import type { Me } from "../../api/types";
import { Card } from "../../components/card";
import { LoadMore } from "../../components/load-more";
import { PageHead } from "../../components/page-head";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-people";
import { administers } from "../../lib/permissions";
import { useTitle } from "../../lib/use-title";
import { NewUserDialog } from "./new-user-dialog";
import { type GivenLink, SetupLinkNotice } from "./setup-link-notice";
import { UserRow } from "./user-row";
import classes from "./users.module.css";

/** Everybody who has an account, for administrators of the server. */
export function UsersPage({ me }: { me: Me }) {
  useTitle(t("users.title"));
  const query = useListUsers();
  const [making, setMaking] = useState(false);
  const [given, setGiven] = useState<GivenLink | null>(null);
  if (!administers(me)) return <EmptyState title={t("error.notAllowed")} text={t("users.onlyAdmins")} />;
  const users = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={classes.page}>
      <PageHead
        title={t("users.title")}
        note={
          query.data
            ? t(query.hasNextPage ? "users.countMore" : "users.count", { count: users.length })
            : null
        }
        actions={
          <Button size="xs" onClick={() => setMaking(true)} data-testid="new-user">
            {t("users.new")}
          </Button>
        }
        text={t("users.text")}
      />
      {given ? <SetupLinkNotice given={given} onDone={() => setGiven(null)} /> : null}
      {query.data ? (
        users.length === 0 ? (
          <EmptyState title={t("users.none")} text={t("users.noneText")} />
        ) : (
          <Card title={t("users.accounts")} flush>
            <table className="table stacked">
              <thead>
                <tr>
                  <th>{t("users.user")}</th>
                  <th>{t("account.email")}</th>
                  <th>{t("users.state")}</th>
                  <th>{t("users.created")}</th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {users.map((one) => (
                  <UserRow
                    key={one.id}
                    user={one}
                    isMe={one.id === me.id}
                    onLink={(link) => setGiven({ name: one.name, link })}
                  />
                ))}
              </tbody>
            </table>
          </Card>
        )
      ) : query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Loading rows={4} />
      )}
      <LoadMore query={query} />
      {making ? (
        <NewUserDialog
          onClose={() => setMaking(false)}
          onMade={({ user, link }) => {
            setMaking(false);
            setGiven({ name: user.name, link });
          }}
        />
      ) : null}
    </div>
  );
}
