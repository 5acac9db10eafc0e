import type { Import } from "../../api/types";
import { Icon } from "../../components/icon";
import { ProgressBar } from "../../components/progress-bar";
import { formatBytes, formatCount, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import classes from "./import.module.css";

const PHASES = ["waiting", "fetching", "extracting", "reading", "saving"] as const;
/** Those that count bytes; the others count images. */
const OF_BYTES: readonly string[] = ["fetching", "extracting"];

type Props = Pick<Import, "phase" | "done" | "total">;

/** Every phase of an import, with how far the present one is. */
export function ImportPhases({ phase, done, total }: Props) {
  const at = PHASES.indexOf(phase ?? "waiting");
  return (
    <ol className={classes.phases}>
      {PHASES.map((name, index) => {
        const state = index < at ? "done" : index === at ? "now" : "later";
        const label = t(`import.phase.${name}`);
        return (
          <li
            key={name}
            className={classes.phase}
            data-state={state}
            aria-current={state === "now" ? "step" : undefined}
          >
            <span className={classes.sign} aria-hidden="true">
              {state === "done" ? <Icon name="check" size={12} /> : null}
            </span>
            <span className={classes.phaseText}>
              <span>{label}</span>
              {state === "now" && done > 0 ? <small>{progressText(name, done, total)}</small> : null}
            </span>
            {state === "now" && total > 0 ? (
              <div className={classes.progress}>
                <ProgressBar fraction={done / total} active label={label} />
              </div>
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}

function progressText(phase: string, done: number, total: number): string {
  const bytes = OF_BYTES.includes(phase);
  const format = bytes ? formatBytes : formatCount;
  if (total <= 0) return bytes ? format(done) : t("datasets.images", { count: done });
  return t("import.progress", {
    done: format(done),
    total: format(total),
    percent: formatPercent(done / total),
  });
}
