import { datasetImageUrl, useDataset } from "../../api/get-dataset";
import type { Snapshot } from "../../api/types";
import { Card } from "../../components/card";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { formatBytes, formatCount, formatDate, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n";
import { useTitle } from "../../lib/use-title";
import classes from "./datasets.module.css";
import { ProblemList } from "./problem-list";

const SAMPLE = 24;
const THUMBNAIL = 160;

export function DatasetPage({ datasetId }: { datasetId: number }) {
  const query = useDataset(datasetId);
  useTitle(query.data?.name ?? t("datasets.title"));
  if (query.isPending) return <Loading rows={4} height={90} />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  const { latest, name, snapshots } = query.data;
  return (
    <>
      <div className={classes.head}>
        <h1 className={classes.title}>{name}</h1>
        {latest ? <code className={classes.muted}>{latest.hash.slice(0, 12)}</code> : null}
      </div>
      {latest ? (
        <div className={classes.page}>
          <Numbers snapshot={latest} />
          <Sample datasetId={datasetId} snapshot={latest} />
          <div className={classes.columns}>
            <ClassTable snapshot={latest} />
            <div className={classes.page}>
              <ProblemList problems={latest.warnings} />
              <Snapshots snapshots={snapshots} latest={latest} />
            </div>
          </div>
        </div>
      ) : (
        <EmptyState title={t("datasets.empty")} />
      )}
    </>
  );
}

function Numbers({ snapshot }: { snapshot: Snapshot }) {
  const rows: [string, string][] = [
    [t("dataset.task"), snapshot.task],
    ...Object.entries(snapshot.images.by_split).map(([split, count]): [string, string] => [
      split,
      t("datasets.images", { count }),
    ]),
    [t("dataset.objects"), formatCount(snapshot.objects)],
    [t("spec.classes"), formatCount(snapshot.class_names.length)],
    [t("dataset.size"), formatBytes(snapshot.bytes)],
  ];
  return (
    <dl className={classes.numbers}>
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Sample({ datasetId, snapshot }: { datasetId: number; snapshot: Snapshot }) {
  const ids = Array.from({ length: Math.min(SAMPLE, snapshot.images.total) }, (_, id) => id);
  return (
    <Card title={t("dataset.sample")}>
      <div className={classes.sample}>
        {ids.map((id) => (
          <img
            key={id}
            src={datasetImageUrl(datasetId, id, snapshot.hash, THUMBNAIL)}
            alt={t("dataset.image", { id })}
            loading="lazy"
            decoding="async"
          />
        ))}
      </div>
    </Card>
  );
}

function ClassTable({ snapshot }: { snapshot: Snapshot }) {
  const largest = Math.max(1, ...snapshot.classes.map((one) => one.objects));
  return (
    <Card title={t("dataset.classTable")} flush>
      <table className="table">
        <thead>
          <tr>
            <th>{t("dataset.class")}</th>
            <th className="number">{t("dataset.objects")}</th>
            <th className="number">{t("dataset.share")}</th>
            <td className={classes.barColumn} aria-hidden="true" />
          </tr>
        </thead>
        <tbody>
          {snapshot.classes.map((one) => (
            <tr key={one.id}>
              <td>{one.name}</td>
              <td className="number">{formatCount(one.objects)}</td>
              <td className="number">{formatPercent(one.objects / Math.max(1, snapshot.objects))}</td>
              <td aria-hidden="true">
                <div className={classes.bar} style={{ width: `${(100 * one.objects) / largest}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Snapshots({ snapshots, latest }: { snapshots: readonly Snapshot[]; latest: Snapshot }) {
  return (
    <Card title={t("dataset.snapshots")} flush>
      <div className="scroll-x">
        <table className="table">
          <tbody>
            {snapshots.map((one) => (
              <tr key={one.id}>
                <td>
                  <code>{one.hash.slice(0, 12)}</code>
                  {one.id === latest.id ? <span className={classes.tag}>{t("dataset.latest")}</span> : null}
                </td>
                <td className="number">{t("datasets.images", { count: one.images.total })}</td>
                <td className="number">{formatDate(one.created_at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
