import { Link } from "@tanstack/react-router";
import { useListImports } from "../../api/list-imports";
import type { Import } from "../../api/types";
import { Card } from "../../components/card";
import { formatAgo, formatDate, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import { sourceText } from "../../lib/import-source";
import classes from "./datasets.module.css";

const SIGNS = { running: "▸", completed: "✓", failed: "✕" } as const;

/** The newest imports, also those that were refused; nothing while there was none. */
export function RecentImports({ now, project }: { now: number; project: number | null }) {
  const query = useListImports(project);
  const imports = query.data?.items ?? [];
  if (imports.length === 0) return null;
  return (
    <Card title={t("datasets.recent")} flush className={classes.recent ?? ""}>
      <div className="scroll-x">
        <table className="table">
          <tbody>
            {imports.map((one) => (
              <tr key={one.id} data-testid="recent-import">
                <td>
                  <Link to="/datasets/imports/$importId" params={{ importId: one.id }}>
                    {one.name}
                  </Link>
                </td>
                <td className={classes.state} data-state={one.state}>
                  <span aria-hidden="true">{SIGNS[one.state]}</span> {stateText(one)}
                </td>
                <td className={classes.source} title={one.source}>
                  {sourceText(one)}
                </td>
                <td className={`number ${classes.when}`} title={formatDate(one.created_at)}>
                  {formatAgo(one.created_at, now)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function stateText({ state, phase, done, total, problem_count: problems }: Import): string {
  if (state === "running" && phase !== null) {
    const share = total > 0 ? ` ${formatPercent(done / total)}` : "";
    return `${t(`import.phase.${phase}`)}${share}`;
  }
  const text = t(`import.state.${state}`);
  return problems > 0 ? `${text}, ${t("problems.count", { count: problems })}` : text;
}
