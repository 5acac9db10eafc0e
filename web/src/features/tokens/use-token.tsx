import { Card } from "../../components/card";
import { CommandLine } from "../../components/command-line";
import { t } from "../../lib/i18n-people";
import classes from "./tokens.module.css";

/** How programs show a token. */
export function UseToken() {
  const url = window.location.origin;
  return (
    <Card title={t("tokens.use")}>
      <div className={classes.lines}>
        <p>{t("tokens.useCli")}</p>
        <CommandLine command={`export SNELLEN_URL=${url} SNELLEN_TOKEN=${t("tokens.placeholder")}`} />
        <CommandLine command="snellen jobs list" />
        <p>{t("tokens.useCurl")}</p>
        <CommandLine command={`curl -H "Authorization: Bearer $SNELLEN_TOKEN" ${url}/api/v1/training/jobs`} />
      </div>
    </Card>
  );
}
