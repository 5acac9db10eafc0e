import { Icon } from "../../components/icon";
import type { ChartGroup } from "../../lib/chart-groups";
import { t as common, type MessageKey } from "../../lib/i18n";
import { t } from "../../lib/i18n-charts";
import { ChartCard, type ChartCardProps } from "./chart-card";
import classes from "./charts-panel.module.css";
import { PINNED } from "./use-pins";

type CardProps = Omit<ChartCardProps, "spec" | "pinned">;

interface Props extends CardProps {
  groups: readonly ChartGroup[];
  pins: ReadonlySet<string>;
  collapsed: ReadonlySet<string>;
  onCollapse: (category: string) => void;
}

export function ChartGroups({ groups, pins, collapsed, onCollapse, ...card }: Props) {
  return groups.map((group) => (
    <Group
      key={group.category}
      group={group}
      pins={pins}
      open={!collapsed.has(group.category)}
      onToggle={() => onCollapse(group.category)}
      card={card}
    />
  ));
}

interface GroupProps {
  group: ChartGroup;
  pins: ReadonlySet<string>;
  open: boolean;
  onToggle: () => void;
  card: CardProps;
}

function Group({ group, pins, open, onToggle, card }: GroupProps) {
  const name = categoryName(group.category);
  return (
    <section className={classes.group} aria-label={name} data-category={group.category}>
      <h2 className={classes.category}>
        <button type="button" aria-expanded={open} onClick={onToggle} data-testid="chart-group">
          <Icon name={open ? "down" : "right"} size={12} />
          {name}
          <span>{t("charts.count", { count: group.charts.length })}</span>
        </button>
      </h2>
      {open ? (
        <div className={classes.grid}>
          {group.charts.map((spec) => (
            <ChartCard key={spec.id} spec={spec} pinned={pins.has(spec.quantity)} {...card} />
          ))}
        </div>
      ) : null}
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
  category === PINNED
    ? t("charts.pinned")
    : KNOWN.has(category)
      ? common(`category.${category}` as MessageKey)
      : category;
