import { Button } from "@mantine/core";
import type { NewToken } from "../../api/types";
import { CopyLine } from "../../components/copy-line";
import { Notice } from "../../components/notice";
import { t } from "../../lib/i18n-people";
import classes from "./tokens.module.css";

/** The one time that a token is shown. */
export function MadeToken({ token, onDone }: { token: NewToken; onDone: () => void }) {
  return (
    <Notice tone="ok" title={t("tokens.made", { name: token.name })} testId="made-token">
      <p>{t("tokens.once")}</p>
      <div className={classes.secret}>
        <CopyLine text={token.token} wrap testId="token-secret" />
      </div>
      <Button size="xs" variant="default" onClick={onDone} data-testid="token-kept">
        {t("tokens.kept")}
      </Button>
    </Notice>
  );
}
