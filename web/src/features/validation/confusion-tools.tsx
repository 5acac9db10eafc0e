import { NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useState } from "react";
import { t } from "../../lib/i18n-matrix";
import { LEAST_WORST, MATRIX_ORDERS } from "../../lib/validation-search";
import { ClassFinder } from "./class-finder";
import classes from "./confusion.module.css";
import type { ViewProps } from "./view-state";

interface Props extends ViewProps {
  classNames: readonly string[];
  /** Epochs that the shown one can be compared with. */
  epochs: readonly number[];
  onFind: (classId: number) => void;
}

const ORDERS = ["given", ...MATRIX_ORDERS] as const;

/** How the matrix is shown: what its cells say, which classes in which order, against which epoch. */
export function ConfusionTools({ classNames, epochs, onFind, search, onChange }: Omit<Props, "task">) {
  return (
    <div className={classes.tools}>
      <SegmentedControl
        size="xs"
        aria-label={t("confusion.mode")}
        value={search.show ?? "counts"}
        onChange={(value) => onChange({ show: value === "rows" || value === "columns" ? value : undefined })}
        data={[
          { value: "counts", label: t("confusion.counts") },
          { value: "rows", label: t("confusion.rows") },
          { value: "columns", label: t("matrix.columns") },
        ]}
      />
      <NativeSelect
        size="xs"
        aria-label={t("matrix.order")}
        data-testid="matrix-order"
        value={search.order ?? "given"}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChange({ order: MATRIX_ORDERS.find((order) => order === value) });
        }}
        data={ORDERS.map((order) => ({ value: order, label: t(`matrix.order.${order}`) }))}
      />
      {classNames.length > LEAST_WORST ? (
        <WorstField
          key={search.worst ?? 0}
          worst={search.worst}
          most={classNames.length}
          onChange={(worst) => onChange({ worst })}
        />
      ) : null}
      {epochs.length > 0 ? (
        <NativeSelect
          size="xs"
          aria-label={t("matrix.against")}
          data-testid="matrix-against"
          value={search.against !== undefined && epochs.includes(search.against) ? search.against : ""}
          onChange={(event) => {
            const { value } = event.currentTarget;
            onChange({ against: value === "" ? undefined : Number(value) });
          }}
          data={[
            { value: "", label: t("matrix.againstNone") },
            ...epochs.map((epoch) => ({ value: String(epoch), label: t("matrix.againstEpoch", { epoch }) })),
          ]}
        />
      ) : null}
      <ClassFinder names={classNames} label={t("matrix.find")} onFind={onFind} />
    </div>
  );
}

interface WorstProps {
  worst: number | undefined;
  most: number;
  onChange: (worst: number | undefined) => void;
}

/** How many of the most confused classes are shown; empty: all. */
function WorstField({ worst, most, onChange }: WorstProps) {
  const [text, setText] = useState(worst === undefined ? "" : String(worst));
  const apply = () => {
    const number = Math.round(Number(text));
    const next =
      text.trim() === "" || !Number.isFinite(number) || number >= most
        ? undefined
        : Math.max(LEAST_WORST, number);
    if (next !== worst) onChange(next);
    else setText(next === undefined ? "" : String(next));
  };
  return (
    <TextInput
      size="xs"
      type="number"
      min={LEAST_WORST}
      max={most}
      className={classes.worst}
      label={t("matrix.worst")}
      placeholder={t("matrix.worstAll")}
      data-testid="matrix-worst"
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === "Enter" && apply()}
    />
  );
}
