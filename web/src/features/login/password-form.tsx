import { Button, PasswordInput, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useLogin } from "../../api/login";
import { t } from "../../lib/i18n-people";
import { LoginFault } from "./login-fault";
import classes from "./login-page.module.css";
import { usePause } from "./use-pause";

export function PasswordForm() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const login = useLogin();
  const pause = usePause(login.error);
  const ready = name.trim() !== "" && password !== "" && pause === 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) login.mutate({ name: name.trim(), password });
  };
  return (
    <form className={classes.fields} onSubmit={submit}>
      <TextInput
        label={t("login.name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        data-testid="login-name"
      />
      <PasswordInput
        label={t("login.password")}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="current-password"
        data-testid="login-password"
      />
      <LoginFault error={login.error} wrong={t("login.wrongPassword")} pause={pause} />
      <Button type="submit" loading={login.isPending} fullWidth disabled={!ready} data-testid="login-submit">
        {t("login.submit")}
      </Button>
    </form>
  );
}
