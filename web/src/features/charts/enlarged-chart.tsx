import { useState } from "react";
import { Dialog } from "../../components/dialog";
import { ToolButton } from "../../components/tool-button";
import type { ChartSpec } from "../../lib/chart-groups";
import { t } from "../../lib/i18n-charts";
import { useKeys } from "../../lib/use-keys";
import { ChartCard, type ChartCardProps } from "./chart-card";
import { ChartTools } from "./chart-tools";
import classes from "./charts-panel.module.css";
import type { ChangeSettings } from "./use-chart-settings";

interface Props extends Omit<ChartCardProps, "spec" | "onEnlarge"> {
  charts: readonly ChartSpec[];
  id: string;
  pins: ReadonlySet<string>;
  change: ChangeSettings;
  onMove: (id: string) => void;
  onClose: () => void;
}

/** What the window leaves for the plot beside the controls and the legend. */
const OTHERS_PX = 320;

/** One chart as large as the window, with all controls; the others are a key away. */
export function EnlargedChart({ charts, id, pins, change, onMove, onClose, ...card }: Props) {
  const [height] = useState(() => Math.max(220, window.innerHeight - OTHERS_PX));
  const at = charts.findIndex((spec) => spec.id === id);
  const spec = charts[at];
  const move = (by: number) => {
    const next = charts[(at + by + charts.length) % charts.length];
    if (next) onMove(next.id);
  };
  useKeys([
    ["n", () => move(1), t("charts.next")],
    ["p", () => move(-1), t("charts.previous")],
  ]);
  if (!spec) return null;
  return (
    <Dialog
      opened
      onClose={onClose}
      size="calc(100vw - 32px)"
      title={t("charts.one", { at: at + 1, of: charts.length })}
    >
      <div data-testid="enlarged">
        <ChartTools settings={card.settings} change={change} view={card.view}>
          <div className={classes.actions}>
            <ToolButton label={`${t("charts.previous")} (p)`} icon="left" onClick={() => move(-1)} />
            <ToolButton label={`${t("charts.next")} (n)`} icon="right" onClick={() => move(1)} />
          </div>
        </ChartTools>
        <ChartCard
          key={spec.id}
          spec={spec}
          height={height}
          large
          pinned={pins.has(spec.quantity)}
          {...card}
        />
        <p className={classes.help}>{t("charts.zoomHelp")}</p>
      </div>
    </Dialog>
  );
}
