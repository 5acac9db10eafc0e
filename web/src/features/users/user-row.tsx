import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { type UserChange, useChangeUser } from "../../api/change-user";
import { useSetupLink } from "../../api/setup-link";
import type { SetupLink, User } from "../../api/types";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { Tag } from "../../components/tag";
import { formatDate } from "../../lib/format";
import { t } from "../../lib/i18n-people";
import classes from "./users.module.css";

interface Props {
  user: User;
  isMe: boolean;
  onLink: (link: SetupLink) => void;
}

type Question = "disable" | "makeAdmin" | "takeAdmin" | "newLink";
const CHANGES: Record<Exclude<Question, "newLink">, UserChange> = {
  disable: { disabled: true },
  makeAdmin: { is_admin: true },
  takeAdmin: { is_admin: false },
};

export function UserRow({ user, isMe, onLink }: Props) {
  const change = useChangeUser(user.id);
  const link = useSetupLink(user.id);
  const [asking, setAsking] = useState<Question | null>(null);
  const confirm = (question: Question) => {
    const onSuccess = () => setAsking(null);
    if (question !== "newLink") change.mutate(CHANGES[question], { onSuccess });
    else {
      link.mutate(undefined, {
        onSuccess: (made) => {
          onSuccess();
          onLink(made);
        },
      });
    }
  };
  return (
    <tr data-testid="user" data-name={user.name}>
      <td>
        <span className={classes.who}>
          <strong>{user.display_name || user.name}</strong>
          {user.display_name ? <span className={classes.login}>{user.name}</span> : null}
          {isMe ? <Tag>{t("project.you")}</Tag> : null}
        </span>
      </td>
      <td data-label={t("account.email")} className={classes.email}>
        {user.email ?? "–"}
      </td>
      <td data-label={t("users.state")}>
        <span className={classes.tags}>
          <Tag tone={user.disabled ? "warn" : "plain"}>
            {t(user.disabled ? "users.disabled" : user.has_password ? "users.active" : "users.noPassword")}
          </Tag>
          {user.is_admin ? <Tag tone="accent">{t("users.admin")}</Tag> : null}
        </span>
      </td>
      <td data-label={t("users.created")}>{formatDate(user.created_at)}</td>
      <td>
        <div className={classes.actions}>
          {user.disabled ? (
            <Action
              text="users.enable"
              onClick={() => change.mutate({ disabled: false })}
              testId="enable-user"
            />
          ) : (
            <>
              <Action text="users.newLink" onClick={() => setAsking("newLink")} testId="new-link" />
              {isMe ? null : (
                <>
                  <Action
                    text={user.is_admin ? "users.takeAdmin" : "users.makeAdmin"}
                    onClick={() => setAsking(user.is_admin ? "takeAdmin" : "makeAdmin")}
                    testId="toggle-admin"
                  />
                  <Action
                    text="users.disable"
                    onClick={() => setAsking("disable")}
                    testId="disable-user"
                    danger
                  />
                </>
              )}
            </>
          )}
        </div>
        {change.isError && !asking ? (
          <Text c="red" size="sm" role="alert">
            {change.error.message || t("error.unreachable")}
          </Text>
        ) : null}
        {asking ? (
          <ConfirmDialog
            title={t(`users.${asking}Title`, { name: user.name })}
            text={t(`users.${asking}Text`)}
            action={t(`users.${asking}`)}
            pending={change.isPending || link.isPending}
            error={change.error ?? link.error}
            onClose={() => {
              change.reset();
              link.reset();
              setAsking(null);
            }}
            onConfirm={() => confirm(asking)}
          />
        ) : null}
      </td>
    </tr>
  );
}

interface ActionProps {
  text: Parameters<typeof t>[0];
  onClick: () => void;
  testId: string;
  danger?: boolean;
}

function Action({ text, onClick, testId, danger = false }: ActionProps) {
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      color={danger ? "red" : "gray"}
      onClick={onClick}
      data-testid={testId}
    >
      {t(text)}
    </Button>
  );
}
