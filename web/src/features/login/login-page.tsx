import { Anchor, Button, Divider } from "@mantine/core";
import { useState } from "react";
import { useAuthMethods } from "../../api/auth-methods";
import { EyeChart } from "../../components/eye-chart";
import { Notice } from "../../components/notice";
import { ErrorState, Loading } from "../../components/page-state";
import { RichText } from "../../components/rich-text";
import { t } from "../../lib/i18n-people";
import { useTitle } from "../../lib/use-title";
import classes from "./login-page.module.css";
import { PasswordForm } from "./password-form";
import { TokenForm } from "./token-form";

/** `ended`: somebody was logged in on this page until now. */
export default function LoginPage({ ended = false }: { ended?: boolean }) {
  useTitle(t("login.title"));
  const methods = useAuthMethods();
  return (
    <section className={classes.form} aria-labelledby="login-title">
      <EyeChart />
      <h1 className={classes.title} id="login-title">
        {t("login.title")}
      </h1>
      {ended ? (
        <Notice tone="plain" testId="session-ended">
          {t("login.ended")}
        </Notice>
      ) : null}
      {methods.data ? (
        <Ways {...methods.data} />
      ) : methods.isError ? (
        <ErrorState error={methods.error} retry={() => void methods.refetch()} />
      ) : (
        <Loading rows={2} />
      )}
    </section>
  );
}

type WaysProps = NonNullable<ReturnType<typeof useAuthMethods>["data"]>;

function Ways({ mode, password, token, oidc }: WaysProps) {
  const [byToken, setByToken] = useState(false);
  if (mode === "single") {
    return (
      <>
        <p className={classes.hint}>
          <RichText text={t("login.hint")} />
        </p>
        <TokenForm autoFocus />
      </>
    );
  }
  return (
    <>
      {password ? <PasswordForm /> : null}
      {password && oidc ? <Divider label={t("login.or")} /> : null}
      {oidc ? (
        <Button
          component="a"
          href={withNext(oidc.start_url)}
          variant={password ? "default" : "filled"}
          fullWidth
          data-testid="login-oidc"
        >
          {t("login.continueWith", { name: oidc.name })}
        </Button>
      ) : null}
      {token ? (
        <>
          <Anchor
            component="button"
            type="button"
            size="sm"
            c="dimmed"
            className={classes.fold}
            aria-expanded={byToken}
            onClick={() => setByToken(!byToken)}
            data-testid="login-by-token"
          >
            {t("login.byToken")}
          </Anchor>
          {byToken ? <TokenForm autoFocus /> : null}
        </>
      ) : null}
    </>
  );
}

/** The provider brings one back to where one is. */
const withNext = (url: string): string =>
  `${url}?next=${encodeURIComponent(window.location.pathname + window.location.search)}`;
