import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { ErrorState } from "../../components/page-state";
import type { ChartGroup } from "../../lib/chart-groups";
import type { ChartView } from "../../lib/chart-view";
import { t } from "../../lib/i18n-charts";
import { csvFile, saveFile } from "../../lib/save-file";
import { csvOf, fileName } from "./chart-csv";
import { rulerOf } from "./drawn-chart";
import type { ChartSettings } from "./use-chart-settings";

interface Props {
  /** What the file is called. */
  name: string;
  groups: readonly ChartGroup[];
  settings: ChartSettings;
  view: ChartView;
}

/** Saves what all charts of the page show as one table. */
export function PageExport({ name, groups, settings, view }: Props) {
  const saving = useMutation({
    mutationFn: async () => {
      const charts = groups.flatMap((group) => group.charts);
      const shown = charts.map(({ lines }) => {
        const ruler = rulerOf(lines, settings);
        return { lines, ruler, range: view.ranges[ruler].get() };
      });
      saveFile(fileName(name, "csv"), csvFile(await csvOf(shown)));
    },
  });
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        loading={saving.isPending}
        disabled={groups.length === 0}
        title={t("charts.allCsvHint")}
        data-testid="export-all"
        onClick={() => saving.mutate()}
      >
        {t("charts.allCsv")}
      </Button>
      {saving.isError ? <ErrorState error={saving.error} /> : null}
    </>
  );
}
