import { Button, PasswordInput, TextInput } from "@mantine/core";
import type { FormEvent } from "react";
import { useLogin } from "../../api/login";
import { t } from "../../lib/i18n-people";
import { LoginFault } from "./login-fault";
import classes from "./login-page.module.css";
import { usePause } from "./use-pause";

export function PasswordForm() {
  const login = useLogin();
  const pause = usePause(login.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // Read from the form: what a browser fills in by itself tells no component.
    const form = new FormData(event.currentTarget);
    const name = String(form.get("name")).trim();
    const password = String(form.get("password"));
    if (name !== "" && password !== "" && pause === 0) login.mutate({ name, password });
  };
  return (
    <form className={classes.fields} onSubmit={submit}>
      <TextInput
        name="name"
        label={t("login.name")}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        data-testid="login-name"
      />
      <PasswordInput
        name="password"
        label={t("login.password")}
        autoComplete="current-password"
        data-testid="login-password"
      />
      <LoginFault error={login.error} wrong={t("login.wrongPassword")} pause={pause} />
      <Button
        type="submit"
        loading={login.isPending}
        fullWidth
        disabled={pause > 0}
        data-testid="login-submit"
      >
        {t("login.submit")}
      </Button>
    </form>
  );
}
