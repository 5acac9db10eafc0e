import { Button, NativeSelect } from "@mantine/core";
import { Card } from "../../components/card";
import type { DatasetView } from "../../lib/dataset-search";
import { t } from "../../lib/i18n-datasets";
import { snapshotText } from "../../lib/snapshot-text";
import { CompareResult } from "./compare-result";
import classes from "./versions.module.css";

/** Two versions to compare, and what differs between them. */
export function CompareCard({ dataset, search, onChange }: Omit<DatasetView, "snapshot">) {
  const { snapshots, latest } = dataset;
  const known = (hash: string | undefined) => snapshots.find((one) => one.hash === hash)?.hash;
  const base = known(search.base) ?? snapshots[1]?.hash ?? "";
  const head = known(search.head) ?? snapshots[0]?.hash ?? "";
  const asked = known(search.base) !== undefined && known(search.head) !== undefined;
  const data = snapshots.map((one) => ({ value: one.hash, label: snapshotText(one, latest) }));
  return (
    <Card title={t("compare.title")}>
      <div className={classes.choose}>
        <NativeSelect
          size="xs"
          label={t("compare.base")}
          value={base}
          data={data}
          onChange={(event) => onChange({ base: event.currentTarget.value, head, change: undefined })}
          data-testid="compare-base"
        />
        <NativeSelect
          size="xs"
          label={t("compare.head")}
          value={head}
          data={data}
          onChange={(event) => onChange({ base, head: event.currentTarget.value, change: undefined })}
          data-testid="compare-head"
        />
        {asked ? null : (
          <Button size="xs" onClick={() => onChange({ base, head })} data-testid="compare">
            {t("compare.start")}
          </Button>
        )}
      </div>
      {asked && base === head ? <p className={classes.muted}>{t("compare.same")}</p> : null}
      {asked && base !== head ? (
        <CompareResult dataset={dataset} base={base} head={head} search={search} onChange={onChange} />
      ) : null}
    </Card>
  );
}
