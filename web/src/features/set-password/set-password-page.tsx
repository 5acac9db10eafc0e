import { useSetPassword } from "../../api/set-password";
import { Notice } from "../../components/notice";
import { EmptyState } from "../../components/page-state";
import { PasswordFields } from "../../components/password-fields";
import { RichText } from "../../components/rich-text";
import { t } from "../../lib/i18n-people";
import { useTitle } from "../../lib/use-title";
import classes from "./set-password.module.css";

interface Props {
  /** What the link carries; null when it carries nothing. */
  code: string | null;
  onDone: () => void;
}

/** Where the link of an administrator leads: one chooses a password and is logged in. */
export function SetPasswordPage({ code, onDone }: Props) {
  useTitle(t("setup.title"));
  const setup = useSetPassword();
  if (!code) return <EmptyState title={t("setup.noCode")} text={t("setup.noCodeText")} />;
  return (
    <section className={classes.page} aria-labelledby="setup-title">
      <h1 className={classes.title} id="setup-title">
        {t("setup.title")}
      </h1>
      <p className={classes.text}>{t("setup.text")}</p>
      {setup.isError ? (
        <Notice tone="bad" testId="setup-fault">
          <p>
            <RichText text={setup.error.message || t("error.unreachable")} />
          </p>
        </Notice>
      ) : null}
      <PasswordFields
        action={t("setup.submit")}
        pending={setup.isPending}
        onSubmit={(password) => setup.mutate({ code, password }, { onSuccess: onDone })}
      />
    </section>
  );
}
