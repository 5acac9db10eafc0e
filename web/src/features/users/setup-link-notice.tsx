import { Button } from "@mantine/core";
import type { SetupLink } from "../../api/types";
import { CopyLine } from "../../components/copy-line";
import { Notice } from "../../components/notice";
import { formatDate } from "../../lib/format";
import { t } from "../../lib/i18n-people";
import classes from "./users.module.css";

export interface GivenLink {
  /** Of the user. */
  name: string;
  link: SetupLink;
}

/** The one time that a setup link is shown. */
export function SetupLinkNotice({ given: { name, link }, onDone }: { given: GivenLink; onDone: () => void }) {
  return (
    <Notice tone="ok" title={t("users.linkTitle", { name })} testId="setup-link">
      <p>{t("users.linkText", { name, date: formatDate(link.expires_at) })}</p>
      <div className={classes.secret}>
        <CopyLine text={link.url} wrap testId="setup-link-url" />
      </div>
      <Button size="xs" variant="default" onClick={onDone}>
        {t("users.linkKept")}
      </Button>
    </Notice>
  );
}
