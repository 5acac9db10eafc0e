import { Button } from "@mantine/core";
import type { PerClassRow } from "../../api/types";
import { t } from "../../lib/i18n-matrix";
import { MOST_LINES } from "../../lib/validation-search";
import { ClassFinder } from "./class-finder";
import { extremes } from "./curve-lines";

const FEW = 5;

interface Props {
  classNames: readonly string[];
  perClass: readonly PerClassRow[] | null;
  chosen: readonly number[];
  onChoose: (ids: readonly number[]) => void;
}

/** Which classes' curves are drawn beside those of all together. */
export function CurveTools({ classNames, perClass, chosen, onChoose }: Props) {
  const isFull = chosen.length >= MOST_LINES;
  return (
    <>
      {perClass && classNames.length > FEW
        ? (["worst", "best"] as const).map((end) => {
            const { ids, byAp } = extremes(perClass, FEW, end);
            return (
              <Button
                key={end}
                size="compact-xs"
                variant="default"
                title={t(byAp ? "lines.by" : "lines.byF1")}
                onClick={() => onChoose(ids)}
                data-testid={`lines-${end}`}
              >
                {t(`lines.${end}`, { count: FEW })}
              </Button>
            );
          })
        : null}
      {chosen.length > 0 ? (
        <Button size="compact-xs" variant="subtle" onClick={() => onChoose([])}>
          {t("lines.clear")}
        </Button>
      ) : null}
      <ClassFinder
        names={classNames}
        label={isFull ? t("lines.full", { count: MOST_LINES }) : t("lines.add")}
        disabled={isFull}
        onFind={(id) => onChoose(chosen.includes(id) ? chosen : [...chosen, id])}
      />
    </>
  );
}
