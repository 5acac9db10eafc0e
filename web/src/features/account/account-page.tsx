import type { Me } from "../../api/types";
import { Card } from "../../components/card";
import { type Fact, Facts } from "../../components/facts";
import { t } from "../../lib/i18n-people";
import { useTitle } from "../../lib/use-title";
import classes from "./account.module.css";
import { MyProjects } from "./my-projects";
import { PasswordCard } from "./password-card";

/** Who one is here, and one's password. */
export function AccountPage({ me }: { me: Me }) {
  useTitle(t("account.title"));
  return (
    <div className={classes.page}>
      <Card title={t("account.profile")}>
        <Facts facts={factsOf(me)} />
        <p className={classes.muted}>{t(me.id === null ? "account.operator" : "account.changedBy")}</p>
      </Card>
      <MyProjects me={me} />
      {me.id === null ? null : <PasswordCard />}
    </div>
  );
}

function factsOf(me: Me): Fact[] {
  const facts: Fact[] = [[t("account.loginName"), me.name]];
  if (me.display_name) facts.push([t("account.displayName"), me.display_name]);
  if (me.email) facts.push([t("account.email"), me.email]);
  if (me.is_admin) facts.push([t("account.kind"), t("users.admin")]);
  return facts;
}
