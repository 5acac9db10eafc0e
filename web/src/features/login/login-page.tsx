import { Button, PasswordInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/client";
import { useLogin } from "../../api/login";
import { RichText } from "../../components/rich-text";
import { t } from "../../lib/i18n";
import { useTitle } from "../../lib/use-title";
import classes from "./login-page.module.css";

export default function LoginPage() {
  useTitle(t("login.title"));
  const [token, setToken] = useState("");
  const login = useLogin();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = token.trim();
    if (trimmed) login.mutate(trimmed);
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <Chart />
      <h1 className={classes.title}>{t("login.title")}</h1>
      <p className={classes.hint}>
        <RichText text={t("login.hint")} />
      </p>
      <PasswordInput
        label={t("login.token")}
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        error={login.isError ? <RichText text={messageOf(login.error)} /> : null}
        autoComplete="current-password"
        data-testid="login-token"
        autoFocus
      />
      <Button type="submit" loading={login.isPending} fullWidth disabled={!token.trim()}>
        {t("login.submit")}
      </Button>
    </form>
  );
}

function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.status === 401 || error.status === 403) return t("login.wrong");
  return error.code === "unreachable" ? t("error.unreachable") : error.detail;
}

/** Lines of an eye chart, each harder to read than the one above. */
function Chart() {
  const lines = ["E", "F P", "T O Z", "L P E D", "P E C F D"];
  return (
    <div className={classes.chart} aria-hidden="true">
      {lines.map((line, at) => (
        <span key={line} style={{ fontSize: `${2.6 - at * 0.47}rem`, opacity: 1 - at * 0.12 }}>
          {line}
        </span>
      ))}
    </div>
  );
}
