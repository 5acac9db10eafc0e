import { Link } from "@tanstack/react-router";
import type { Me } from "../../api/types";
import { Card } from "../../components/card";
import { Tag } from "../../components/tag";
import { t } from "../../lib/i18n-people";
import classes from "./account.module.css";

/** Where one is a member, and what one may do there. */
export function MyProjects({ me }: { me: Me }) {
  return (
    <Card title={t("account.projects")} flush>
      {me.projects.length === 0 ? (
        <p className={classes.none}>{t("account.noProjects")}</p>
      ) : (
        <table className="table stacked">
          <thead>
            <tr>
              <th>{t("projects.project")}</th>
              <th>{t("projects.role")}</th>
              <th>{t("projects.runCode")}</th>
            </tr>
          </thead>
          <tbody>
            {me.projects.map((one) => (
              <tr key={one.id}>
                <td>
                  <Link to="/projects/$projectId" params={{ projectId: one.id }}>
                    {one.name}
                  </Link>
                </td>
                <td data-label={t("projects.role")}>
                  <Tag tone="accent">{t(`role.${one.role}`)}</Tag>
                </td>
                <td data-label={t("projects.runCode")}>{t(one.run_code ? "common.yes" : "common.no")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
