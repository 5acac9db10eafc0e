import type { ChartGroup } from "../../lib/chart-groups";
import type { ChartView } from "../../lib/chart-view";
import { t as common, type MessageKey } from "../../lib/i18n";
import { t } from "../../lib/i18n-charts";
import { ChartCard } from "./chart-card";
import classes from "./charts-panel.module.css";
import type { ChartSettings } from "./use-chart-settings";

interface Props {
  groups: readonly ChartGroup[];
  settings: ChartSettings;
  view: ChartView;
  epoch: number | null | undefined;
  onPickEpoch: ((epoch: number) => void) | undefined;
}

export function ChartGroups({ groups, ...props }: Props) {
  return groups.map((group) => <Group key={group.category} group={group} {...props} />);
}

function Group({ group, ...props }: Omit<Props, "groups"> & { group: ChartGroup }) {
  const name = categoryName(group.category);
  return (
    <section className={classes.group} aria-label={name} data-category={group.category}>
      <h2 className={classes.category}>
        {name}
        <span>{t("charts.count", { count: group.charts.length })}</span>
      </h2>
      <div className={classes.grid}>
        {group.charts.map((spec) => (
          <ChartCard key={spec.id} spec={spec} {...props} />
        ))}
      </div>
    </section>
  );
}

const KNOWN: ReadonlySet<string> = new Set([
  "Validation Metrics",
  "Training Loss",
  "Learning Rate",
  "System",
  "Other",
]);

const categoryName = (category: string): string =>
  KNOWN.has(category) ? common(`category.${category}` as MessageKey) : category;
