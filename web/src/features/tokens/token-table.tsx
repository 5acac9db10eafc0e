import { Button } from "@mantine/core";
import type { ApiToken, Me } from "../../api/types";
import { Tag } from "../../components/tag";
import { formatAgo, formatDate } from "../../lib/format";
import { t } from "../../lib/i18n-people";
import { useNow } from "../../lib/use-now";
import { expiryOf } from "./expiry";
import classes from "./tokens.module.css";

const MINUTE = 60_000;

interface Props {
  tokens: readonly ApiToken[];
  me: Me;
  onRevoke: (token: ApiToken) => void;
}

export function TokenTable({ tokens, me, onRevoke }: Props) {
  const now = useNow(MINUTE);
  return (
    <table className="table stacked">
      <thead>
        <tr>
          <th>{t("tokens.name")}</th>
          <th>{t("tokens.scopes")}</th>
          <th>{t("tokens.projects")}</th>
          <th>{t("tokens.used")}</th>
          <th>{t("tokens.expires")}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {tokens.map((one) => (
          <tr key={one.id} data-testid="token" data-name={one.name}>
            <td>
              <div className={classes.name}>{one.name}</div>
              <code className={classes.prefix}>{one.prefix}…</code>
            </td>
            <td data-label={t("tokens.scopes")}>
              <span className={classes.tags}>
                {one.scopes.map((scope) => (
                  <Tag key={scope}>{scope}</Tag>
                ))}
              </span>
            </td>
            <td data-label={t("tokens.projects")}>{projectNames(one, me)}</td>
            <td data-label={t("tokens.used")}>
              {one.last_used_at === null ? t("tokens.neverUsed") : formatAgo(one.last_used_at, now)}
            </td>
            <td data-label={t("tokens.expires")}>
              <Expiry token={one} now={now} />
            </td>
            <td className="number">
              <Button
                size="compact-xs"
                variant="subtle"
                color="red"
                onClick={() => onRevoke(one)}
                data-testid="revoke-token"
              >
                {t("tokens.revoke")}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function projectNames(token: ApiToken, me: Me): string {
  if (token.projects === null) return t("tokens.allProjects");
  return token.projects.map((id) => me.projects.find((one) => one.id === id)?.name ?? `#${id}`).join(", ");
}

function Expiry({ token, now }: { token: ApiToken; now: number }) {
  const kind = expiryOf(token.expires_at, now);
  if (token.expires_at === null) return t("tokens.never");
  const date = formatDate(token.expires_at);
  if (kind === "over") return <span className={classes.ended}>{t("tokens.over", { date })}</span>;
  return <span className={kind === "soon" ? classes.soon : undefined}>{date}</span>;
}
