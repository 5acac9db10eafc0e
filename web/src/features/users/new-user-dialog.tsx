import { Checkbox, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { type NewUser, useCreateUser } from "../../api/create-user";
import { Dialog } from "../../components/dialog";
import { DialogActions } from "../../components/dialog-actions";
import { Notice } from "../../components/notice";
import { RichText } from "../../components/rich-text";
import { t } from "../../lib/i18n-people";
import classes from "./users.module.css";

interface Props {
  onMade: (made: NewUser) => void;
  onClose: () => void;
}

export function NewUserDialog({ onMade, onClose }: Props) {
  const create = useCreateUser();
  const [name, setName] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [email, setEmail] = useState("");
  const [isAdmin, setIsAdmin] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return;
    const body = {
      name: name.trim(),
      display_name: displayName.trim() || null,
      email: email.trim() || null,
      is_admin: isAdmin,
    };
    create.mutate(body, { onSuccess: onMade });
  };
  return (
    <Dialog opened onClose={onClose} title={t("users.new")} centered>
      <form className={classes.form} onSubmit={submit}>
        <TextInput
          label={t("account.loginName")}
          description={t("users.nameHint")}
          value={name}
          maxLength={64}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value.toLowerCase())}
          data-testid="user-name"
        />
        <TextInput
          label={t("account.displayName")}
          value={displayName}
          maxLength={200}
          autoComplete="off"
          onChange={(event) => setDisplayName(event.currentTarget.value)}
          data-testid="user-display-name"
        />
        <TextInput
          label={t("account.email")}
          type="email"
          value={email}
          maxLength={320}
          autoComplete="off"
          onChange={(event) => setEmail(event.currentTarget.value)}
          data-testid="user-email"
        />
        <Checkbox
          label={t("users.admin")}
          description={t("users.adminText")}
          checked={isAdmin}
          onChange={(event) => setIsAdmin(event.currentTarget.checked)}
          data-testid="user-is-admin"
        />
        {create.isError ? (
          <Notice tone="bad" testId="user-fault">
            <p>
              <RichText text={create.error.message || t("error.unreachable")} />
            </p>
          </Notice>
        ) : null}
        <DialogActions
          label={t("users.create")}
          disabled={!name.trim()}
          busy={create.isPending}
          onClose={onClose}
          testId="create-user"
        />
      </form>
    </Dialog>
  );
}
