import { useMutation } from "@tanstack/react-query";
import type { Ruler } from "../../lib/chart-data";
import type { ChartSpec } from "../../lib/chart-groups";
import { lineName } from "../../lib/chart-groups";
import type { ChartView } from "../../lib/chart-view";
import { t } from "../../lib/i18n-charts";
import type { Mark } from "../../lib/line-options";
import { csvFile, saveFile } from "../../lib/save-file";
import { csvOf, fileName } from "./chart-csv";
import type { Drawn } from "./drawn-chart";

interface Shown {
  spec: ChartSpec;
  ruler: Ruler;
  drawn: Drawn | null;
  marks: readonly Mark[];
  view: ChartView;
}

/** Saves one chart as a picture or as a table. */
export function useChartExport({ spec, ruler, drawn, marks, view }: Shown) {
  return useMutation({
    mutationFn: async (kind: "png" | "csv") => {
      const range = view.ranges[ruler].get();
      if (kind === "csv") {
        const text = await csvOf([{ lines: spec.lines, ruler, range }]);
        saveFile(fileName(spec.title, "csv"), csvFile(text));
        return;
      }
      if (!drawn) return;
      const { pngOf } = await import("./chart-png");
      const legend = spec.lines.map((line) => ({
        text: lineName(line, spec) || line.series.key,
        color: line.color,
        dash: line.dash,
      }));
      const picture = { title: spec.title, axis: t(`charts.axis.${ruler}`), legend, marks, range };
      const { chart, columns, ys } = drawn;
      saveFile(fileName(spec.title, "png"), await pngOf({ ...picture, chart, x: columns.x, ys }));
    },
  });
}
