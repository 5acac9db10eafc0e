import { Button, PasswordInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useLogin } from "../../api/login";
import { t } from "../../lib/i18n-people";
import { LoginFault } from "./login-fault";
import classes from "./login-page.module.css";
import { usePause } from "./use-pause";

export function TokenForm({ autoFocus = false }: { autoFocus?: boolean }) {
  const [token, setToken] = useState("");
  const login = useLogin();
  const pause = usePause(login.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = token.trim();
    if (trimmed && pause === 0) login.mutate({ token: trimmed });
  };
  return (
    <form className={classes.fields} onSubmit={submit}>
      <PasswordInput
        label={t("login.token")}
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        autoComplete="off"
        data-testid="login-token"
        autoFocus={autoFocus}
      />
      <LoginFault error={login.error} wrong={t("login.wrongToken")} pause={pause} />
      <Button
        type="submit"
        loading={login.isPending}
        fullWidth
        disabled={!token.trim() || pause > 0}
        data-testid="login-token-submit"
      >
        {t("login.submit")}
      </Button>
    </form>
  );
}
