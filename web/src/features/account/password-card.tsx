import { useState } from "react";
import { useChangePassword } from "../../api/change-password";
import { Card } from "../../components/card";
import { Notice } from "../../components/notice";
import { PasswordFields } from "../../components/password-fields";
import { RichText } from "../../components/rich-text";
import { t } from "../../lib/i18n-people";
import classes from "./account.module.css";

export function PasswordCard() {
  const change = useChangePassword();
  /** Counts up with each change, which empties the fields. */
  const [turn, setTurn] = useState(0);
  return (
    <Card title={t("password.title")} note={t("password.note")}>
      <div className={classes.fields}>
        {change.isSuccess ? (
          <Notice tone="ok" testId="password-changed">
            {t("password.changed")}
          </Notice>
        ) : null}
        {change.isError ? (
          <Notice tone="bad" testId="password-fault">
            <p>
              <RichText text={change.error.message || t("error.unreachable")} />
            </p>
          </Notice>
        ) : null}
        <PasswordFields
          key={turn}
          withCurrent
          action={t("password.change")}
          pending={change.isPending}
          onSubmit={(password, current) =>
            change.mutate({ current, new: password }, { onSuccess: () => setTurn((old) => old + 1) })
          }
        />
      </div>
    </Card>
  );
}
