import { Button, Checkbox, NativeSelect } from "@mantine/core";
import type { Member, Role } from "../../api/types";
import { Tag } from "../../components/tag";
import { t } from "../../lib/i18n-people";
import classes from "./project.module.css";

export const ROLES: readonly Role[] = ["viewer", "editor", "admin"];

export const roleChoices = () => ROLES.map((value) => ({ value, label: t(`role.${value}`) }));

interface Props {
  member: Member;
  isMe: boolean;
  mayChange: boolean;
  /** Who may not run code doesn't grant it either. */
  mayGrant: boolean;
  pending: boolean;
  onChange: (change: { role: Role; run_code?: boolean } | { run_code: boolean }) => void;
  onRemove: () => void;
}

export function MemberRow({ member, isMe, mayChange, mayGrant, pending, onChange, onRemove }: Props) {
  const { name, display_name: displayName, role } = member;
  return (
    <tr data-testid="member" data-name={name}>
      <td>
        <span className={classes.who}>
          <strong>{displayName || name}</strong>
          {displayName ? <span className={classes.login}>{name}</span> : null}
          {isMe ? <Tag>{t("project.you")}</Tag> : null}
          {member.disabled ? <Tag tone="warn">{t("users.disabled")}</Tag> : null}
        </span>
      </td>
      <td data-label={t("projects.role")}>
        {mayChange ? (
          <NativeSelect
            size="xs"
            aria-label={t("project.roleOf", { name })}
            value={role}
            disabled={pending}
            onChange={(event) => {
              const chosen = ROLES.find((one) => one === event.currentTarget.value) ?? role;
              // A viewer never runs code.
              onChange(chosen === "viewer" ? { role: chosen, run_code: false } : { role: chosen });
            }}
            data={roleChoices()}
            data-testid="member-role"
          />
        ) : (
          <Tag tone="accent">{t(`role.${role}`)}</Tag>
        )}
      </td>
      <td data-label={t("projects.runCode")}>
        {mayChange ? (
          <Checkbox
            aria-label={t("project.runCodeOf", { name })}
            title={reasonOf()}
            checked={member.run_code}
            disabled={pending || reasonOf() !== undefined}
            onChange={(event) => onChange({ run_code: event.currentTarget.checked })}
            data-testid="member-run-code"
          />
        ) : (
          t(member.run_code ? "common.yes" : "common.no")
        )}
      </td>
      {mayChange ? (
        <td className="number">
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            disabled={pending}
            onClick={onRemove}
            data-testid="remove-member"
          >
            {t("project.remove")}
          </Button>
        </td>
      ) : null}
    </tr>
  );

  function reasonOf(): string | undefined {
    if (role === "viewer") return t("project.runCodeViewer");
    return mayGrant || member.run_code ? undefined : t("project.runCodeNotYours");
  }
}
