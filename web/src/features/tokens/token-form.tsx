import { Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useCreateToken } from "../../api/create-token";
import type { Me, NewToken, Scope } from "../../api/types";
import { Dialog } from "../../components/dialog";
import { DialogActions } from "../../components/dialog-actions";
import { Notice } from "../../components/notice";
import { RichText } from "../../components/rich-text";
import { t } from "../../lib/i18n-people";
import { chooseScopes, offeredScopes } from "./scopes";
import classes from "./tokens.module.css";

const DAYS = [7, 30, 90, 365] as const;
const USUAL_DAYS = 90;

interface Props {
  me: Me;
  onMade: (token: NewToken) => void;
  onClose: () => void;
}

/** What a new token is to be good for; it never can more than its owner. */
export function TokenForm({ me, onMade, onClose }: Props) {
  const create = useCreateToken();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["read"]);
  const [limited, setLimited] = useState(false);
  const [projects, setProjects] = useState<readonly number[]>([]);
  const [days, setDays] = useState<number>(USUAL_DAYS);
  const ready = name.trim() !== "" && (!limited || projects.length > 0);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    const body = {
      name: name.trim(),
      scopes: [...scopes],
      projects: limited ? [...projects] : null,
      expires_in_days: days,
    };
    create.mutate(body, { onSuccess: onMade });
  };
  return (
    <Dialog opened onClose={onClose} title={t("tokens.new")} size={520} centered>
      <form className={classes.form} onSubmit={submit}>
        <TextInput
          label={t("tokens.name")}
          description={t("tokens.nameHint")}
          value={name}
          maxLength={200}
          autoComplete="off"
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="token-name"
        />
        <Checkbox.Group
          label={t("tokens.scopes")}
          value={[...scopes]}
          onChange={(clicked) => setScopes(chooseScopes(scopes, clicked as Scope[]))}
        >
          <div className={classes.scopes}>
            {offeredScopes(me).map((scope) => (
              <Checkbox
                key={scope}
                value={scope}
                label={t(`scope.${scope}`)}
                description={t(`scope.${scope}.text`)}
                disabled={scope === "read"}
                data-testid={`scope-${scope}`}
              />
            ))}
          </div>
        </Checkbox.Group>
        <div>
          <Checkbox
            label={t("tokens.limit")}
            checked={limited}
            onChange={(event) => setLimited(event.currentTarget.checked)}
            data-testid="limit-projects"
          />
          {limited ? (
            <Checkbox.Group
              mt="xs"
              ml="xl"
              aria-label={t("tokens.projects")}
              value={projects.map(String)}
              onChange={(chosen) => setProjects(chosen.map(Number))}
            >
              <div className={classes.scopes}>
                {me.projects.map((one) => (
                  <Checkbox key={one.id} value={String(one.id)} label={one.name} />
                ))}
              </div>
            </Checkbox.Group>
          ) : null}
        </div>
        <NativeSelect
          label={t("tokens.expires")}
          value={String(days)}
          onChange={(event) => setDays(Number(event.currentTarget.value))}
          data={DAYS.map((count) => ({ value: String(count), label: t("tokens.inDays", { count }) }))}
          data-testid="token-days"
        />
        {create.isError ? (
          <Notice tone="bad" testId="token-fault">
            <p>
              <RichText text={create.error.message || t("error.unreachable")} />
            </p>
          </Notice>
        ) : null}
        <DialogActions
          label={t("tokens.create")}
          disabled={!ready}
          busy={create.isPending}
          onClose={onClose}
          testId="create-token"
        />
      </form>
    </Dialog>
  );
}
