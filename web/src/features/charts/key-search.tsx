import { FilterField } from "../../components/filter-field";
import { t } from "../../lib/i18n-charts";
import classes from "./charts-panel.module.css";

interface Props {
  text: string;
  setText: (text: string) => void;
  problem: string | null;
  found: number;
}

export function KeySearch({ text, setText, problem, found }: Props) {
  return (
    <div className={classes.search}>
      <FilterField className={classes.filter} label={t("charts.search")} value={text} onChange={setText} />
      <span role="status" className={classes.found} data-problem={problem ? true : undefined}>
        {problem
          ? t("charts.badPattern", { problem })
          : text.trim()
            ? t("charts.found", { count: found })
            : null}
      </span>
    </div>
  );
}
