import { Button } from "@mantine/core";
import { useState } from "react";
import type { Sweep, Trial } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { Card } from "../../components/card";
import { SortField } from "../../components/sort-field";
import { MOST_COMPARED } from "../../lib/compare-search";
import { t } from "../../lib/i18n-sweeps";
import { type Axis, METRIC } from "../../lib/sweep-axes";
import sweepClasses from "./sweep.module.css";
import { type Order, sorted } from "./trial-order";
import { TrialRow } from "./trial-row";
import classes from "./trials.module.css";

const MOST = 100;

interface Props {
  sweep: Sweep;
  trials: readonly Trial[];
  axes: readonly Axis[];
  lit: number | null;
  onLight: (number: number | null) => void;
}

/** Every trial with its parameters; some can be chosen to be compared. */
export function TrialsCard({ sweep, trials, axes, lit, onLight }: Props) {
  const [order, setOrder] = useState<Order>({ by: "number", down: false });
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [all, setAll] = useState(false);
  const params = axes.filter((axis) => axis.key !== METRIC);
  const rows = sorted(trials, params, order);
  const shown = all ? rows : rows.slice(0, MOST);
  const up = sweep.primary_metric.direction === "min";
  const metric = sweep.primary_metric.name;
  const columns: Column[] = [
    { by: "number", name: t("sweep.trial") },
    { name: t("sweeps.state") },
    { by: "value", name: metric, downFirst: !up, number: true },
    { by: "epochs", name: t("sweep.epochs"), downFirst: true, number: true },
    ...params.map((axis) => ({ by: `.${axis.key}`, name: axis.name, number: !axis.isChoice })),
    { by: "time", name: t("sweep.time"), downFirst: true, number: true },
  ];
  const choose = (jobId: number) =>
    setChosen((old) => (old.includes(jobId) ? old.filter((one) => one !== jobId) : [...old, jobId]));
  return (
    <Card
      title={t("sweep.trialsTitle")}
      className={sweepClasses.wide ?? ""}
      actions={<Compare chosen={chosen} />}
      flush
    >
      <TrialsOrder columns={columns} order={order} onOrder={setOrder} />
      <div className="scroll-x">
        <table className={`table stacked ${classes.table}`} data-testid="trials">
          <thead>
            <tr>
              <td />
              {columns.map((column) => (
                <Head key={column.by ?? ""} column={column} order={order} onOrder={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((trial) => (
              <TrialRow
                key={trial.number}
                trial={trial}
                axes={params}
                metric={metric}
                best={trial.number === sweep.best?.number}
                lit={trial.number === lit}
                onLight={onLight}
                chosen={chosen.includes(trial.job_id)}
                onChoose={
                  chosen.length < MOST_COMPARED || chosen.includes(trial.job_id)
                    ? () => choose(trial.job_id)
                    : null
                }
              />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < rows.length ? (
        <div className={classes.more}>
          <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
            {t("common.showAll", { count: rows.length })}
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

function Compare({ chosen }: { chosen: readonly number[] }) {
  if (chosen.length < 2) return <span className={classes.hint}>{t("sweep.compareHint")}</span>;
  return (
    <ButtonLink
      to="/compare"
      search={{ jobs: chosen.join(",") }}
      size="compact-xs"
      data-testid="compare-trials"
    >
      {t("sweep.compare", { count: chosen.length })}
    </ButtonLink>
  );
}

/** What the trials can be sorted by, or only looked at. */
interface Column {
  by?: string;
  name: string;
  /** Whether the first press puts the highest first. */
  downFirst?: boolean;
  number?: boolean;
}

interface OrderProps {
  order: Order;
  onOrder: (order: Order) => void;
}

/** On a phone, where the table has no head. */
function TrialsOrder({ columns, order, onOrder }: OrderProps & { columns: readonly Column[] }) {
  return (
    <SortField
      options={columns.flatMap(({ by, name }) => (by === undefined ? [] : [{ value: by, label: name }]))}
      value={order.by}
      down={order.down}
      onSort={(by) => onOrder({ by, down: columns.find((column) => column.by === by)?.downFirst ?? false })}
      onTurn={() => onOrder({ ...order, down: !order.down })}
      className={classes.order}
    />
  );
}

function Head({ column, order, onOrder }: OrderProps & { column: Column }) {
  const { by, name, downFirst = false, number } = column;
  if (by === undefined) return <th>{name}</th>;
  const active = order.by === by;
  return (
    <th
      className={number ? "number" : undefined}
      aria-sort={active ? (order.down ? "descending" : "ascending") : "none"}
    >
      <button
        type="button"
        className={classes.sort}
        title={t("sweep.sortBy", { name })}
        onClick={() => onOrder({ by, down: active ? !order.down : downFirst })}
      >
        {name}
        <span aria-hidden="true" className={classes.arrow}>
          {active ? (order.down ? "↓" : "↑") : ""}
        </span>
      </button>
    </th>
  );
}
