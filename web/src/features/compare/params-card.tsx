import { Switch } from "@mantine/core";
import { useMemo } from "react";
import { Card } from "../../components/card";
import { paramRows } from "../../lib/compare-params";
import { givenTo, type Training } from "../../lib/compared";
import { t } from "../../lib/i18n-runs";
import classes from "./compare.module.css";
import { Swatch } from "./swatch";

interface Props {
  trainings: readonly Training[];
  showSame: boolean;
  onShowSame: (show: boolean) => void;
}

/** What the trainings were given: only what differs, unless all is asked for. */
export function ParamsCard({ trainings, showSame, onShowSame }: Props) {
  const rows = useMemo(() => paramRows(trainings.map((one) => ({ values: givenTo(one) }))), [trainings]);
  const differing = rows.filter((row) => row.differs);
  const shown = showSame ? rows : differing;
  return (
    <Card
      title={t("comparing.params")}
      note={t("comparing.paramsNote", { count: differing.length, same: rows.length - differing.length })}
      actions={
        <Switch
          size="xs"
          label={t("comparing.showSame")}
          checked={showSame}
          onChange={(event) => onShowSame(event.currentTarget.checked)}
          data-testid="show-same"
        />
      }
      flush
    >
      {shown.length === 0 ? (
        <p className={classes.none}>{t("comparing.paramsSame")}</p>
      ) : (
        <div className="scroll-x">
          <table className="table" data-testid="compare-params">
            <thead>
              <tr>
                <th>{t("comparing.param")}</th>
                {trainings.map((training) => (
                  <th key={training.id}>
                    <span className={classes.column}>
                      <Swatch training={training} />
                      {training.name}
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={row.name} data-differs={row.differs}>
                  <td>
                    <code>{row.name}</code>
                  </td>
                  {row.values.map((value, at) => (
                    <td key={trainings[at]?.id} className={classes.param} data-differs={row.differs}>
                      {value ?? <span className={classes.minor}>–</span>}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
