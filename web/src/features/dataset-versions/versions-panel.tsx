import { Button } from "@mantine/core";
import { useState } from "react";
import { Card } from "../../components/card";
import type { DatasetView } from "../../lib/dataset-search";
import { t } from "../../lib/i18n-datasets";
import { useMay } from "../../lib/use-may";
import { CompareCard } from "./compare-card";
import { DeleteDialog } from "./delete-dialog";
import { VersionTable } from "./version-table";
import classes from "./versions.module.css";

interface Props extends DatasetView {
  /** Leaves the page of a dataset that is no more. */
  onGone: () => Promise<void>;
}

/** All versions of a dataset: to look at, to compare, to take out, to delete. */
export function VersionsPanel({ dataset, snapshot, search, onChange, onGone }: Props) {
  /** What the dialogue asks about: a snapshot, or null for the dataset as a whole. */
  const [asking, setAsking] = useState<string | null | undefined>(undefined);
  const mayWrite = useMay("write", dataset.project_id);
  const leave = async () => {
    if (asking === null || dataset.snapshots.length <= 1) await onGone();
    else await onChange({ snapshot: undefined, base: undefined, head: undefined, change: undefined });
    setAsking(undefined);
  };
  return (
    <div className={classes.page}>
      <VersionTable
        dataset={dataset}
        shown={snapshot.hash}
        mayExport={mayWrite}
        onDelete={mayWrite && dataset.snapshots.length > 1 ? setAsking : null}
      />
      {dataset.snapshots.length > 1 ? (
        <CompareCard dataset={dataset} search={search} onChange={onChange} />
      ) : null}
      {mayWrite ? (
        <Card title={t("delete.dataset")}>
          <div className={classes.danger}>
            <p className={classes.muted}>{t("delete.datasetText")}</p>
            <Button
              variant="outline"
              color="red"
              size="xs"
              onClick={() => setAsking(null)}
              data-testid="delete-dataset"
            >
              {t("delete.datasetButton")}
            </Button>
          </div>
        </Card>
      ) : null}
      {asking === undefined ? null : (
        <DeleteDialog
          dataset={dataset}
          snapshot={asking}
          onClose={() => setAsking(undefined)}
          leave={leave}
        />
      )}
    </div>
  );
}
