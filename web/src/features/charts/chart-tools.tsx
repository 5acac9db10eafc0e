import { Button, SegmentedControl, Slider, Switch } from "@mantine/core";
import type { ReactNode } from "react";
import type { Ruler } from "../../lib/chart-data";
import type { XAxis } from "../../lib/chart-runs";
import { type ChartView, RULERS } from "../../lib/chart-view";
import { t } from "../../lib/i18n-charts";
import { useShared } from "../../lib/shared-value";
import classes from "./charts-panel.module.css";
import { type ChangeSettings, type ChartSettings, MOST_SMOOTHING } from "./use-chart-settings";

const AXES: readonly XAxis[] = ["step", "epoch", "time"];

interface Props {
  settings: ChartSettings;
  change: ChangeSettings;
  view: ChartView;
  /** Before the controls, and after them. */
  children?: ReactNode;
  after?: ReactNode;
}

/** How charts are drawn. */
export function ChartTools({ settings, change, view, children, after }: Props) {
  return (
    <fieldset className={classes.tools} aria-label={t("charts.controls")}>
      {children}
      <SegmentedControl
        size="xs"
        aria-label={t("charts.axis")}
        data={AXES.map((value) => ({ value, label: t(`charts.by.${value}`) }))}
        value={settings.axis}
        onChange={(axis) => change({ axis: axis as XAxis })}
      />
      {settings.axis === "time" ? (
        <Switch
          size="xs"
          label={t("charts.elapsed")}
          checked={settings.elapsed}
          onChange={(event) => change({ elapsed: event.currentTarget.checked })}
        />
      ) : null}
      <Switch
        size="xs"
        label={t("charts.log")}
        checked={settings.log}
        onChange={(event) => change({ log: event.currentTarget.checked })}
      />
      <div className={classes.smoothing}>
        <span aria-hidden="true">{t("charts.smoothing")}</span>
        <Slider
          size="sm"
          className={classes.slider}
          min={0}
          max={MOST_SMOOTHING}
          step={0.01}
          label={null}
          thumbLabel={t("charts.smoothingLabel")}
          value={settings.smoothing}
          onChange={(smoothing) => change({ smoothing })}
        />
        <output>{settings.smoothing.toFixed(2)}</output>
      </div>
      <ResetZoom view={view} />
      {after}
    </fieldset>
  );
}

function ResetZoom({ view }: { view: ChartView }) {
  const zoomed = RULERS.map((ruler) => <IfZoomed key={ruler} view={view} ruler={ruler} />);
  return <>{zoomed}</>;
}

/** Charts that stand by something else have a zoom of their own. */
function IfZoomed({ view, ruler }: { view: ChartView; ruler: Ruler }) {
  const range = useShared(view.ranges[ruler]);
  return range ? (
    <Button
      size="compact-xs"
      variant="default"
      title={t("charts.zoomHelp")}
      data-testid="reset-zoom"
      onClick={() => view.ranges[ruler].set(null)}
    >
      {t("charts.resetZoom")}
    </Button>
  ) : null;
}
