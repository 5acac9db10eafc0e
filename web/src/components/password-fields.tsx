import { Button, PasswordInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { t } from "../lib/i18n-people";
import { FEWEST_CHARACTERS, MOST_CHARACTERS } from "../lib/password-rule";
import classes from "./password-fields.module.css";

interface Props {
  action: string;
  pending: boolean;
  /** Asks for the present password too. */
  withCurrent?: boolean;
  onSubmit: (password: string, current: string) => void;
}

/** A new password, twice; the rule stands there before anything is typed. */
export function PasswordFields({ action, pending, withCurrent = false, onSubmit }: Props) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [left, setLeft] = useState({ password: false, again: false });
  const short = password.length < FEWEST_CHARACTERS;
  const differs = again !== "" && again !== password;
  const ready = !short && again === password && (!withCurrent || current !== "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) onSubmit(password, current);
  };
  return (
    <form className={classes.fields} onSubmit={submit}>
      {withCurrent ? (
        <PasswordInput
          label={t("password.current")}
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          autoComplete="current-password"
          data-testid="current-password"
        />
      ) : null}
      <PasswordInput
        label={t("password.new")}
        description={t("password.rule", { count: FEWEST_CHARACTERS })}
        value={password}
        maxLength={MOST_CHARACTERS}
        onChange={(event) => setPassword(event.currentTarget.value)}
        onBlur={() => setLeft((old) => ({ ...old, password: true }))}
        error={
          left.password && password !== "" && short ? t("password.short", { count: FEWEST_CHARACTERS }) : null
        }
        autoComplete="new-password"
        data-testid="new-password"
      />
      <PasswordInput
        label={t("password.again")}
        value={again}
        maxLength={MOST_CHARACTERS}
        onChange={(event) => setAgain(event.currentTarget.value)}
        onBlur={() => setLeft((old) => ({ ...old, again: true }))}
        error={left.again && differs ? t("password.differs") : null}
        autoComplete="new-password"
        data-testid="new-password-again"
      />
      <Button type="submit" loading={pending} disabled={!ready} data-testid="save-password">
        {action}
      </Button>
    </form>
  );
}
