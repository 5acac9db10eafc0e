import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useLogout } from "../api/logout";
import type { Me } from "../api/types";
import { Icon } from "../components/icon";
import { t } from "../lib/i18n";
import { administers, mayIn } from "../lib/permissions";
import classes from "./who-menu.module.css";

/** Who is logged in, and what is theirs; where there is one person only, just the way out. */
export function WhoMenu({ me, onLeave }: { me: Me; onLeave: () => void }) {
  const navigate = useNavigate();
  const logout = useLogout(() => navigate({ to: "/" }));
  const leave = () => {
    onLeave();
    logout.mutate();
  };
  if (me.mode === "single") {
    return (
      <Tooltip label={t("nav.logout")}>
        <ActionIcon variant="subtle" color="gray" aria-label={t("nav.logout")} onClick={leave}>
          <Icon name="logout" />
        </ActionIcon>
      </Tooltip>
    );
  }
  const name = me.display_name || me.name;
  const note = me.id === null ? "nav.operator" : me.is_admin ? "nav.serverAdmin" : null;
  const seesAudit = administers(me) || me.projects.some((one) => mayIn(me, "admin", one.id));
  return (
    <Menu position="bottom-end" width={230} shadow="md">
      <Menu.Target>
        <button
          type="button"
          className={classes.who}
          aria-label={t("nav.you", { name })}
          data-testid="who-menu"
        >
          <span className={classes.initials} aria-hidden="true">
            {initialsOf(name)}
          </span>
          <span className={classes.name}>{name}</span>
          <Icon name="down" size={12} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.head} data-testid="who">
          <strong>{name}</strong>
          {me.display_name ? <span>{me.name}</span> : null}
          {note ? <span>{t(note)}</span> : null}
        </div>
        <Menu.Divider />
        <Menu.Item component={Link} to="/account">
          {t("nav.account")}
        </Menu.Item>
        <Menu.Item component={Link} to="/account/sessions">
          {t("nav.sessions")}
        </Menu.Item>
        <Menu.Item component={Link} to="/account/tokens">
          {t("nav.tokens")}
        </Menu.Item>
        <Menu.Item component={Link} to="/projects">
          {t("nav.projects")}
        </Menu.Item>
        {administers(me) ? (
          <Menu.Item component={Link} to="/users">
            {t("nav.users")}
          </Menu.Item>
        ) : null}
        {seesAudit ? (
          <Menu.Item component={Link} to="/audit">
            {t("nav.audit")}
          </Menu.Item>
        ) : null}
        <Menu.Divider />
        <Menu.Item onClick={leave} leftSection={<Icon name="logout" size={14} />}>
          {t("nav.logout")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function initialsOf(name: string): string {
  const words = name.split(/[\s._@+-]+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : undefined];
  return letters
    .map((word) => (word ? [...word][0] : ""))
    .join("")
    .toUpperCase();
}
